"""What each group of the editorial office may do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from publishing.models import AuditEvent
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


@pytest.mark.parametrize("role", Role)
def test_a_group_is_given_exactly_the_rights_of_its_role_again(role: Role) -> None:
    group = ensure_roles()[role]
    before = set(group.permissions.all())
    wider = Permission.objects.get(codename="change_session")
    group.permissions.add(wider)
    group.permissions.remove(Permission.objects.get(codename="view_question"))
    assert set(group.permissions.all()) != before
    assert set(ensure_roles()[role].permissions.all()) == before
    assert wider not in before
    row = AuditEvent.objects.filter(action="permissions", details__removed=["change_session"]).get()
    assert (row.object_id, row.actor) == (group.pk, None)


def test_again_without_a_difference_writes_nothing() -> None:
    ensure_roles()
    rows = AuditEvent.objects.count()
    ensure_roles()
    assert AuditEvent.objects.count() == rows


def test_a_group_that_somebody_made_by_hand_keeps_its_rights() -> None:
    own = Group.objects.create(name="撰稿（实习）")
    right = Permission.objects.get(codename="delete_question")
    own.permissions.add(right)
    ensure_roles()
    assert list(own.permissions.all()) == [right]
