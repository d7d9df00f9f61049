from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = "发布"

    def ready(self) -> None:
        from publishing.guards import after_migrate

        # A signal, because only this one runs after every rebuild of a table.
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="publishing.guards")
