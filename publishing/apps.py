from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class PublishingConfig(AppConfig):
    name = "publishing"
    verbose_name = "发布"

    def ready(self) -> None:
        from policies.models import Parameter, ParameterValue, PolicyDocument
        from policies.usage import provide
        from publishing import (
            append_only,
            autocomplete,
            housekeeping,
            registry,
            shelving,
            trail,
            upkeep,
            usage,
            version,
            watching,
        )
        from publishing.accounts import checks, lockout, second_factor, sessions, watch  # noqa: F401 - checks register
        from publishing.guards import after_migrate, before_migrate
        from taxonomy.models import City, Province, ProvinceFact, Term, Topic

        # Signals, because only these run after every rebuild of a table and on every new database.
        pre_migrate.connect(before_migrate, sender=self, dispatch_uid="publishing.guards")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="publishing.guards")
        pre_migrate.connect(shelving.before_migrate, sender=self, dispatch_uid="publishing.shelving")
        post_migrate.connect(shelving.after_migrate, sender=self, dispatch_uid="publishing.shelving")
        pre_migrate.connect(watching.before_migrate, sender=self, dispatch_uid="publishing.watching")
        post_migrate.connect(watching.after_migrate, sender=self, dispatch_uid="publishing.watching")
        pre_migrate.connect(append_only.before_migrate, sender=self, dispatch_uid="publishing.trail")
        post_migrate.connect(append_only.after_migrate, sender=self, dispatch_uid="publishing.trail")
        post_migrate.connect(make_roles, sender=self, dispatch_uid="publishing.roles")
        # For the rooms below, which do not know this one.
        watching.watch(Topic, Province, Province.neighbours.through, ProvinceFact, City, Term)
        watching.watch(PolicyDocument, Parameter, ParameterValue)
        autocomplete.install()
        trail.connect()
        watch.connect()
        registry.listen(upkeep.follow)
        provide(usage.uses)
        housekeeping.register("publishing.due", upkeep.publish_due)
        housekeeping.register("publishing.check", upkeep.check_live)
        housekeeping.register("publishing.remind", upkeep.remind)
        housekeeping.register("publishing.tidy", upkeep.tidy)
        housekeeping.register("publishing.version", version.fold)
        housekeeping.register("accounts.lockout", lockout.tidy)
        housekeeping.register("accounts.second_factor", second_factor.tidy)
        housekeeping.register("accounts.sessions", sessions.tidy)
        housekeeping.register("trail.forget", trail.forget)


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
