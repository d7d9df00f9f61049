"""Who may do what: the three groups of the editorial office and their permissions."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q

from publishing.models import Document, Revision
from publishing.registry import content_types

REFERENCE_APPS = ("policies", "taxonomy", "filing", "search")
# What readers send in; everybody in the office reads and answers it.
INBOX_APPS = ("feedback",)
# Locks and phones are changed by the pages of the accounts, sessions and change records by nobody.
MACHINERY = ("axes", "otp_totp", "admin", "contenttypes", "sessions")
OWN_ROWS = ("editorsession", "recoverycode")


class Role(StrEnum):
    """The names of the groups."""

    WRITER = "撰稿"
    REVIEWER = "审核"
    ADMINISTRATOR = "管理员"


def ensure_roles() -> dict[Role, Group]:
    """The three groups by role, each with exactly its permissions; groups of any other name are left alone."""
    groups = {role: Group.objects.get_or_create(name=role.value)[0] for role in Role}
    writer = set(_writer())
    groups[Role.WRITER].permissions.set(writer)
    groups[Role.REVIEWER].permissions.set(writer | set(_reviewer()))
    groups[Role.ADMINISTRATOR].permissions.set(_administrator())
    return groups


def _writer() -> list[Permission]:
    """Writes pages and removes rows inside them (a citation, a pin), but never a page or a version; reads the rest."""
    pages = _content_models()
    parts = [model for model in pages if not issubclass(model, Document | Revision)]
    return [
        *_permissions(pages, "add", "change", "view"),
        *_permissions(parts, "delete"),
        *_permissions(_reference_models(), "view"),
        *_permissions(_inbox_models(), "add", "change", "view"),
    ]


def _reviewer() -> list[Permission]:
    """Publishes, and keeps policies, figures, topics and places up to date."""
    documents = [kind.model for kind in content_types()]
    return [*_permissions(documents, "publish"), *_permissions(_reference_models(), "add", "change")]


def _administrator() -> list[Permission]:
    """Everything that people do, and reading the trail; rows that only the machinery writes are nobody's to change."""
    technical = Q(content_type__app_label__in=MACHINERY) | Q(content_type__model__in=OWN_ROWS)
    written = Q(content_type__model="auditevent") & ~Q(codename="view_auditevent")
    return list(Permission.objects.exclude(technical).exclude(written))


def _content_models() -> list[type[Model]]:
    """Every model of every app that registered a content type."""
    labels = {kind.model._meta.app_label for kind in content_types()}
    return [model for label in sorted(labels) for model in apps.get_app_config(label).get_models()]


def _reference_models() -> list[type[Model]]:
    return [model for label in REFERENCE_APPS for model in apps.get_app_config(label).get_models()]


def _inbox_models() -> list[type[Model]]:
    return [model for label in INBOX_APPS for model in apps.get_app_config(label).get_models()]


def _permissions(models: Iterable[type[Model]], *verbs: str) -> list[Permission]:
    """The permissions for these verbs on these models, such as `change_question`."""
    codenames = [f"{verb}_{model._meta.model_name}" for model in models for verb in verbs]
    kinds = ContentType.objects.get_for_models(*models).values()
    return list(Permission.objects.filter(content_type__in=kinds, codename__in=codenames))
