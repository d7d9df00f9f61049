"""No address of the admin answers somebody who has shown only a password: all of them, read from the URL configuration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from publishing.accounts import gate
from publishing.accounts.tests.scenes import is_in, log_in, verified, with_phone
from publishing.models import Opening
from publishing.roles import Role
from tests.factories import draft_question, make_user

# Who is let in does not depend on the database.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
VALUES = {
    "app_label": "faq",
    "object_id": "1",
    "content_type_id": "1",
    "verb": "publish",
    "name": "report",
    "id": "1",
    "url": "x",
}
# Where one may be halfway: the login itself, the pages of the second factor, and the way out.
OPEN = {"login", "logout", "account-verify", "account-enrol", "account-prove"}


def walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every address below, filled in, with the name of its view."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + filled(pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + filled(pattern), pattern.name or ""


def filled(pattern: Any) -> str:
    """One part of an address with values for its arguments."""
    route = str(pattern.pattern)
    for name, converter in getattr(pattern.pattern, "converters", {}).items():
        value = VALUES.get(name, "1") if type(converter).__name__ != "IntConverter" else "1"
        for written in (f"<{name}>", *(f"<{kind}:{name}>" for kind in ("int", "str", "slug", "path"))):
            route = route.replace(written, value)
    if route.startswith("^"):
        route = "faq/" if "app_label" in route else ""
    return "" if route.startswith("(?P<url>") else route


def admin_addresses() -> list[tuple[str, str]]:
    root = next(part for part in get_resolver().url_patterns if str(part.pattern) == "admin/")
    return sorted({(f"/{address}", name) for address, name in walk([root])})


def test_the_walk_finds_what_must_be_held() -> None:
    """Including what has no page of its own in a menu."""
    names = {name for _, name in admin_addresses()}
    assert {"jsi18n", "autocomplete", "faq_question_import", "faq_question_export", "faq_questionrevision_upload",
            "faq_questionrevision_autosave", "faq_question_preview", "faq_question_page", "auth_user_logins", "account",
            "account-factor", "account-end", "password_change", "policies_policydocument_import"} <= names  # fmt: skip
    assert len(names) > 100


@pytest.mark.parametrize("enrolled", [True, False])
def test_every_address_of_the_admin_is_held_until_the_second_factor_was_shown(settings, client, enrolled: bool) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_user("root", is_superuser=True)
    if enrolled:
        with_phone(user)
    log_in(client, "root")
    for address, name in admin_addresses():
        if name in OPEN:
            continue
        for method in ("get", "post"):
            response = getattr(client, method)(address)
            sent_to = response.get("Location", "")
            refused = response.status_code == 401 or sent_to.startswith(("/admin/login/", "/admin/account/verify/"))
            to_slash = sent_to == address + "/"  # only sent to the same address with its slash
            assert refused or to_slash, f"{method} {address} answered {response.status_code}"


def test_the_same_addresses_open_for_the_same_user_who_has_shown_it(settings) -> None:
    """So the test above does not pass because everything is refused to everybody."""
    settings.SECOND_FACTOR_REQUIRED = True
    client = verified(make_user("root", is_superuser=True))
    for address in (
        "/admin/",
        "/admin/jsi18n/",
        "/admin/faq/question/",
        "/admin/faq/question/import/",
        "/admin/auth/user/",
    ):
        assert client.get(address).status_code == 200, address


def test_halfway_in_nothing_is_written(settings, client) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    draft = draft_question()
    make_user("zhang", role=Role.WRITER)
    log_in(client, "zhang")
    address = f"/admin/faq/questionrevision/{draft.pk}/"
    assert client.post(address + "autosave/", "{}", content_type="application/json").status_code == 401
    client.post(address + "change/", {"title": "改了", "version_token": f"{draft.pk}-0"})
    draft.refresh_from_db()
    assert draft.title != "改了"
    assert not Opening.objects.exists()


def test_public_pages_see_nobody_either_and_set_no_cookie(settings, client) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    make_user("zhang", role=Role.WRITER)
    log_in(client, "zhang")
    response = client.get("/about/")
    assert response.status_code == 200
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_the_admin_site_refuses_even_without_the_gate(settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "gate" not in name]
    make_user("root", is_superuser=True)
    client = Client()
    log_in(client, "root")
    assert not is_in(client)


def test_the_gate_asks_no_database_for_a_reader(django_assert_num_queries) -> None:
    request = RequestFactory().get("/")
    request.user = object()
    with django_assert_num_queries(0):
        assert gate.hold_back(lambda passed: passed)(request) is request


def test_the_deploy_check_fails_where_it_is_off(settings) -> None:
    settings.HTTPS, settings.TRUSTED_PROXIES = True, 1
    settings.SECOND_FACTOR_REQUIRED = True
    assert not {one.id for one in run_checks(include_deployment_checks=True)} & {"accounts.W001", "accounts.W002"}
    settings.SECOND_FACTOR_REQUIRED, settings.TRUSTED_PROXIES = False, 0
    assert {"accounts.W001", "accounts.W002"} <= {one.id for one in run_checks(include_deployment_checks=True)}


def test_the_default_site_is_ours() -> None:
    assert type(admin.site._wrapped).__name__ == "EditorsSite"
