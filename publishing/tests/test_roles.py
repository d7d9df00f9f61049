"""What each group of the editorial office may do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from publishing.roles import Role, ensure_roles

pytestmark = pytest.mark.django_db


def member(role: Role):
    """A user in the group of this role."""
    user = get_user_model().objects.create_user("somebody")
    user.groups.add(ensure_roles()[role])
    return user


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.WRITER, "faq.add_question", True),
        (Role.WRITER, "faq.change_questionrevision", True),
        (Role.WRITER, "articles.view_article", True),
        (Role.WRITER, "policies.view_policydocument", True),
        (Role.WRITER, "faq.delete_questioncitation", True),
        (Role.WRITER, "faq.delete_question", False),
        (Role.WRITER, "articles.delete_articlerevision", False),
        (Role.WRITER, "faq.publish_question", False),
        (Role.WRITER, "policies.change_policydocument", False),
        (Role.WRITER, "taxonomy.add_topic", False),
        (Role.WRITER, "auth.change_user", False),
        (Role.REVIEWER, "faq.change_question", True),
        (Role.REVIEWER, "faq.publish_question", True),
        (Role.REVIEWER, "articles.publish_article", True),
        (Role.REVIEWER, "policies.change_parametervalue", True),
        (Role.REVIEWER, "taxonomy.add_topic", True),
        (Role.REVIEWER, "taxonomy.delete_topic", False),
        (Role.REVIEWER, "faq.delete_question", False),
        (Role.REVIEWER, "auth.change_user", False),
        (Role.ADMINISTRATOR, "auth.change_user", True),
        (Role.ADMINISTRATOR, "articles.publish_article", True),
    ],
)
def test_permission(role: Role, permission: str, allowed: bool) -> None:
    assert member(role).has_perm(permission) is allowed


def test_twice_is_once_and_keeps_what_an_administrator_added() -> None:
    writers = ensure_roles()[Role.WRITER]
    extra = Permission.objects.get(codename="view_user")
    writers.permissions.add(extra)
    before = set(writers.permissions.all())
    assert set(ensure_roles()[Role.WRITER].permissions.all()) == before
    assert extra in before
