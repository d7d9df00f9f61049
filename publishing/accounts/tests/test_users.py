"""Accounts in the admin: administrators only, nobody raises their own rights, forms made by hand included."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test import Client

from publishing.accounts.tests.scenes import PASSWORD, with_phone
from publishing.models import AuditEvent
from publishing.roles import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db
User = get_user_model()
USERS = "/admin/auth/user/"


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form(user: Any, **changes: Any) -> dict[str, Any]:
    """Everything that a crafted form may send for an account."""
    data = {
        "username": user.username, "first_name": user.first_name, "last_name": "", "email": user.email, "is_active": "on", "is_staff": "on",
        "groups": list(user.groups.values_list("pk", flat=True)),
        "user_permissions": list(user.user_permissions.values_list("pk", flat=True)),
    }  # fmt: skip
    return data | changes


@pytest.fixture
def boss() -> Any:
    return make_user("wang", role=Role.ADMINISTRATOR)


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER)


@pytest.mark.parametrize("role", [Role.WRITER, Role.REVIEWER])
def test_others_see_no_account_but_their_own(role: Role, zhang) -> None:
    client = browser(make_user(role=role))
    addresses = (
        "",
        "add/",
        f"{zhang.pk}/change/",
        f"{zhang.pk}/password/",
        f"{zhang.pk}/logins/",
        f"{zhang.pk}/history/",
    )
    for address in addresses:
        for method in (client.get, client.post):
            assert method(USERS + address).status_code == 403, address
    assert client.get("/admin/auth/group/").status_code == 403
    assert client.get("/admin/publishing/auditevent/").status_code == 403


def test_an_administrator_opens_accounts_and_gives_groups(boss, zhang) -> None:
    client = browser(boss)
    group = Group.objects.get(name=Role.REVIEWER.value)
    new = "a wholly new sentence 7"
    assert (
        client.post(
            f"{USERS}add/", {"username": "chen", "usable_password": "true", "password1": new, "password2": new}
        ).status_code
        == 302
    )
    assert User.objects.filter(username="chen").exists()
    client.post(f"{USERS}{zhang.pk}/change/", form(zhang, groups=[group.pk]))
    assert list(zhang.groups.all()) == [group]
    assert AuditEvent.objects.filter(action="permissions", object_id=zhang.pk, actor=boss).count() == 2


def test_nobody_raises_their_own_rights(boss) -> None:
    everything = list(Permission.objects.values_list("pk", flat=True))
    sent = form(
        boss,
        is_superuser="on",
        user_permissions=everything,
        groups=list(Group.objects.values_list("pk", flat=True)),
        email="new@example.org",
    )
    browser(boss).post(f"{USERS}{boss.pk}/change/", sent)
    boss.refresh_from_db()
    assert boss.email == "new@example.org", "the rest of the form is taken"
    assert not boss.is_superuser
    assert not boss.user_permissions.exists()
    assert [group.name for group in boss.groups.all()] == [Role.ADMINISTRATOR.value]


def test_not_even_a_superuser_changes_their_own(boss) -> None:
    root = make_user("root", is_superuser=True)
    browser(root).post(f"{USERS}{root.pk}/change/", {"username": "root", "email": "x@example.org"})
    root.refresh_from_db()
    assert (root.email, root.is_superuser, root.is_staff, root.is_active) == ("x@example.org", True, True, True)


def test_an_administrator_makes_no_superuser_and_gives_no_single_rights(boss, zhang) -> None:
    rights = list(Permission.objects.values_list("pk", flat=True)[:5])
    browser(boss).post(f"{USERS}{zhang.pk}/change/", form(zhang, is_superuser="on", user_permissions=rights))
    zhang.refresh_from_db()
    assert not zhang.is_superuser
    assert not zhang.user_permissions.exists()


def test_a_superusers_account_is_out_of_an_administrators_reach(boss) -> None:
    root = make_user("root", is_superuser=True)
    client = browser(boss)
    new = "a wholly new sentence 7"
    sent = {"password1": new, "password2": new, "usable_password": "true", "set-password": "1", "reset": "1"}
    for address in ("password/", "logins/", "change/"):
        assert client.post(f"{USERS}{root.pk}/{address}", sent).status_code == 403, address
    root.refresh_from_db()
    assert root.check_password(PASSWORD)


def test_ones_own_password_wants_the_old_one(boss) -> None:
    new = "a wholly new sentence 7"
    client = browser(boss)
    for own in (f"{boss.pk}", f"0{boss.pk}", f"+{boss.pk}", f"%20{boss.pk}"):
        response = client.post(f"{USERS}{own}/password/", {"password1": new, "password2": new, "set-password": "1"})
        assert response["Location"] == "/admin/password_change/", own
    client.post("/admin/password_change/", {"old_password": "wrong", "new_password1": new, "new_password2": new})
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)


def test_ones_own_second_factor_is_not_reset_from_the_list_of_accounts(boss) -> None:
    assert browser(boss).post(f"{USERS}{boss.pk}/logins/", {"reset": "1"})["Location"] == "/admin/account/"
    assert not AuditEvent.objects.filter(action="second_factor_reset").exists()


def test_a_password_set_by_an_administrator_ends_the_sessions(boss, zhang) -> None:
    client = browser(zhang)
    new = "a wholly new sentence 7"
    browser(boss).post(
        f"{USERS}{zhang.pk}/password/",
        {"password1": new, "password2": new, "usable_password": "true", "set-password": "1"},
    )
    zhang.refresh_from_db()
    assert zhang.check_password(new)
    assert client.get("/admin/").status_code == 302


def test_accounts_are_closed_not_deleted(boss, zhang) -> None:
    for user in (boss, make_user("root", is_superuser=True)):
        client = browser(user)
        assert client.post(f"{USERS}{zhang.pk}/delete/", {"post": "yes"}).status_code == 403
        client.post(USERS, {"action": "delete_selected", "_selected_action": [zhang.pk], "post": "yes"})
    assert User.objects.filter(pk=zhang.pk).exists()


def test_what_a_group_may_do_is_changed_by_superusers_only(boss) -> None:
    group = Group.objects.get(name=Role.WRITER.value)
    client = browser(boss)
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    before = group.permissions.count()
    sent = {"name": group.name, "permissions": list(Permission.objects.values_list("pk", flat=True))}
    assert client.post(f"/admin/auth/group/{group.pk}/change/", sent).status_code == 403
    assert client.post("/admin/auth/group/add/", sent).status_code == 403
    assert group.permissions.count() == before


def test_rights_of_our_groups_are_only_shown_and_those_of_others_changed_by_a_superuser(client) -> None:
    client.force_login(make_user(is_superuser=True))
    ours = Group.objects.get(name=Role.WRITER.value)
    sent = {"name": "别的", "permissions": [Permission.objects.get(codename="delete_question").pk]}
    for verb in ("change", "delete"):
        assert client.post(f"/admin/auth/group/{ours.pk}/{verb}/", {**sent, "post": "yes"}).status_code == 403
    other = Group.objects.create(name="实习")
    assert client.post(f"/admin/auth/group/{other.pk}/change/", sent).status_code == 302
    assert list(other.permissions.values_list("codename", flat=True)) == ["delete_question"]


def test_an_administrators_group_holds_no_rights_over_the_machinery(boss) -> None:
    rights = {right.split(".")[1] for right in boss.get_all_permissions()}
    forbidden = (
        "delete_auditevent",
        "change_auditevent",
        "add_auditevent",
        "delete_logentry",
        "accessattempt",
        "totpdevice",
        "editorsession",
        "recoverycode",
    )
    assert not [right for right in rights if any(word in right for word in forbidden)]
    assert "view_auditevent" in rights


def test_not_even_a_superuser_sees_the_secret_of_a_phone_or_adds_one(client, zhang) -> None:
    phone, _ = with_phone(zhang)
    client.force_login(make_user(is_superuser=True))
    for address in (
        "",
        "add/",
        f"{phone.pk}/change/",
        f"{phone.pk}/config/",
        f"{phone.pk}/qrcode/",
        "99999999/qrcode/",
    ):
        assert client.get(f"/admin/otp_totp/totpdevice/{address}").status_code == 404, address
