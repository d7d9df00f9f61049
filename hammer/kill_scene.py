"""The small site that is killed, and a process that reads it all the while. Django is set up before this is imported."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from faq.models import Question
from publishing.roles import Role
from search import rebuild
from tests.factories import make_article, make_policy, make_province, make_question, make_topic, make_user

PAGES = 24
SUBJECTS = ["备案", "急诊", "住院", "门诊", "转诊", "报销", "退休", "生育", "慢病", "药店", "押金", "票据"]


class Scene:
    """A small site with a writer, a reviewer, and pages for each trial."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer, self.reviewer = make_user("writer", role=Role.WRITER), make_user("reviewer", role=Role.REVIEWER)
        policy, places = make_policy(), [None, [make_province()], [make_province("四川", "sichuan")]]
        topics = [[make_topic()], [make_topic("住院", "hospital")]]
        self.pages = [
            make_question(
                f"去外地{SUBJECTS[number % 12]}第{number}种情形怎么办？",
                summary=f"第{number}种情形先看{SUBJECTS[number % 12]}的规定，再问参保地。",
                body=f"<p>{SUBJECTS[(number * 5) % 12]}和{SUBJECTS[(number * 7) % 12]}要分开看。[^1]</p>",
                policies=[policy], provinces=places[number % 3], topics=topics[number % 2],
            ).pk
            for number in range(PAGES)
        ]  # fmt: skip
        make_article()
        rebuild.rebuild()  # but not the related pages: their library starts threads, and a fork takes none along
        Client().get("/admin/login/")  # loads everything once, for all forks
        self.reader = Reader()
        self.cookies = {user.pk: self._cookie(user) for user in (self.writer, self.reviewer)}

    def _cookie(self, user: Any) -> str:
        client = Client()
        client.force_login(user)
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, user: Any) -> Client:
        """The browser of somebody who is logged in, as it was before the kill."""
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[user.pk]
        return client

    def page(self, number: int) -> Question:
        return Question.objects.select_related("live").get(pk=self.pages[number])


class Reader:
    """A process of the site that runs all the time and is never killed; its page cache must notice what happened."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "hammer.kill_reader"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def holds(self, path: str, text: str) -> bool:
        """Whether the page shows the text, at the latest when a database that was down is asked again."""
        for _ in range(10):
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
            if text in json.loads(self.process.stdout.readline()):
                return True
            time.sleep(0.5)
        return False
