from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = "发布"

    def ready(self) -> None:
        from policies.usage import provide
        from publishing import housekeeping, registry, trail, upkeep, usage
        from publishing.guards import after_migrate, before_migrate

        # Signals, because only these run after every rebuild of a table and on every new database.
        pre_migrate.connect(before_migrate, sender=self, dispatch_uid="publishing.guards")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="publishing.guards")
        post_migrate.connect(make_roles, sender=self, dispatch_uid="publishing.roles")
        trail.connect()
        registry.listen(upkeep.follow)
        provide(usage.uses)
        housekeeping.register("publishing.due", upkeep.publish_due)
        housekeeping.register("publishing.check", upkeep.check_live)
        housekeeping.register("publishing.remind", upkeep.remind)
        housekeeping.register("publishing.tidy", upkeep.tidy)


def make_roles(using: str = "default", **options: Any) -> None:
    """Receiver of post_migrate: the groups exist on every database, once all tables and rights do."""
    from django.contrib.auth.management import create_permissions
    from django.db import connections

    from publishing.roles import ensure_roles

    needed = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    if using != "default" or not needed <= set(connections[using].introspection.table_names()):
        return  # in the middle of a partial migration
    for config in apps.get_app_configs():
        create_permissions(config, verbosity=0, using=using)
    ensure_roles()
