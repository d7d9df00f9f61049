from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PoliciesConfig(AppConfig):
    name = "policies"
    verbose_name = "政策依据"

    def ready(self) -> None:
        from policies.guards import after_migrate

        # A signal, because only this one runs after every rebuild of a table.
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="policies.guards")
