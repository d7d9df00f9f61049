"""`manage.py reset_second_factor NAME`: the way back in for whoever lost the phone and the recovery codes."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from publishing.accounts import lockout, second_factor


class Command(BaseCommand):
    help = "Takes phone and recovery codes of an editor away, ends the logins, lifts a lock. Make sure who asks for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the user name")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=name).first()
        if user is None:
            raise CommandError(f"There is no account named {name}.")
        second_factor.remove(user, None)
        lockout.unlock(name, None, user)
        self.stdout.write(f"{name} enrols a new phone at the next login. Noted in the trail.")
