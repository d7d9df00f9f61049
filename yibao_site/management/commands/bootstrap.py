"""`manage.py bootstrap`: from nothing to a site with content and two editors. Run it as often as you like."""

from __future__ import annotations

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from articles.models import Article
from faq.models import Question
from publishing.roles import Role, ensure_roles
from yibao_site.observability.logs import quiet

EDITORS = {"writer": Role.WRITER, "reviewer": Role.REVIEWER}


class Command(BaseCommand):
    help = "Creates folders and tables; on the first run also the content and the editors' logins. Keeps what is there."
    requires_system_checks = ()  # `make lint` and `migrate` check; a second start should not wait for it

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--content", type=Path, default=settings.BASE_DIR / "fixtures", help="the content files")

    def handle(self, *args: Any, content: Path, **options: Any) -> None:
        with quiet("security"):  # the trail's rows tell what was set up; a terminal need not
            self._set_up(content)

    def _set_up(self, content: Path) -> None:
        make_folders()
        call_command("migrate", interactive=False, verbosity=0)
        ensure_roles()
        if Question.objects.exists():
            self.stdout.write(
                f"All data was kept: {Question.objects.count()} questions, {Article.objects.count()} articles."
            )
            return
        self.stdout.write("First run: loading the content, which takes a moment.")
        with transaction.atomic():
            logins = create_editors()
            call_command("load_content", content, stdout=self.stdout)
            self._print(logins)  # before they count: who is stopped in between begins anew, with others
            self.stdout.flush()

    def _print(self, logins: dict[str, str]) -> None:
        if not logins:
            return
        self.stdout.write("\nEditors' logins for /admin/, shown only this once:")
        for name, password in logins.items():
            self.stdout.write(f"  {name:<10}{password}   ({EDITORS[name]})")
        self.stdout.write("A new password later: manage.py changepassword <name>\n")


def make_folders() -> None:
    """Makes the folders that the database file and uploads need."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite" and not (name == ":memory:" or name.startswith("file:")):
        Path(name).parent.mkdir(parents=True, exist_ok=True)


def create_editors() -> dict[str, str]:
    """Creates the demo editors that are missing; gives back their new passwords by name."""
    users, groups, logins = get_user_model().objects, ensure_roles(), {}
    for name, role in EDITORS.items():
        if users.filter(username=name).exists():
            continue
        logins[name] = secrets.token_urlsafe(18)  # 24 characters
        users.create_user(name, password=logins[name], is_staff=True).groups.add(groups[role])
    return logins
