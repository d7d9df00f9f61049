"""`python -m hammer.kill_server TIMES SEED`: kills the web server, workers and main process, while editors work over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import urlencode

import psutil

from hammer.kill_campaign import environment, prepare
from hammer.kill_places import FAST
from hammer.report import Line

PORT = 8214
SPAN = 0.6  # seconds of saving within which the kill comes
GRANIAN = Path(sys.executable).parent / "granian"


class Server:
    """The production server with two workers, which are started again where they die."""

    def __init__(self) -> None:
        self.main: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self._start()
        self.wait()

    def _start(self) -> None:
        command = [str(GRANIAN), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--workers", "2",
                   "--blocking-threads", "1", "--no-ws", "--log-level", "critical", "--respawn-failed-workers",
                   "--respawn-interval", "0.1", "yibao_site.wsgi:application"]  # fmt: skip
        self.main = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait(self) -> None:
        """Until it answers. Two workers lost within seconds look to it like a crash loop, and it ends: the service
        manager starts it again."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.main.poll() is not None:
                self._start()
            try:
                if ask("GET", "/healthz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not come back")

    def workers(self) -> list[psutil.Process]:
        return [child for child in psutil.Process(self.main.pid).children() if "granian" in " ".join(child.cmdline())]

    def kill(self, what: str, chance: random.Random) -> None:
        """Kills the main process with what it started, or one worker."""
        workers = self.workers()
        if what == "main process":
            self.main.kill()
            for worker in workers:  # they would go on alone; a machine that kills the main process kills them too
                worker.kill()
        elif workers:
            chance.choice(workers).kill()

    def recover(self, what: str) -> None:
        if what == "main process":
            self.main.wait()
            self.start()
        else:
            self.wait()

    def stop(self) -> None:
        self.main.send_signal(signal.SIGINT)
        try:
            self.main.wait(10)
        except subprocess.TimeoutExpired:
            self.kill("main process", random.Random(0))


def ask(method: str, path: str, body: str = "", cookie: str = "") -> tuple[int, str]:
    """Status and text of an answer; OSError where none came."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    headers = {
        "Cookie": cookie,
        "Origin": f"http://127.0.0.1:{PORT}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


class Editors:
    """A writer saves and a reviewer publishes, through the server, until it dies."""

    def __init__(self, scene: Any) -> None:
        from django.middleware.csrf import _get_new_csrf_string

        self.scene, self.token = scene, _get_new_csrf_string()

    def cookie(self, user: Any) -> str:
        return f"sessionid={self.scene.cookies[user.pk]}; csrftoken={self.token}"

    def step(self, mark: str, publish: bool) -> bool:
        """One save or one publication; whether the server said that it was done. OSError where it died."""
        from publishing.drafts import open_draft
        from publishing.tests.desk_forms import text_form, text_url

        user = self.scene.reviewer if publish else self.scene.writer
        draft = open_draft(self.scene.page(1 if publish else 0), self.scene.writer)
        if publish:
            draft.title, draft.author = f"{mark}去外地备案怎么办？", self.scene.writer
            draft.save()
        texts = {"summary": f"{mark}先问参保地。", "steps": f"{mark}打电话", "body": f"<p>{mark}要看参保地。[^1]</p>"}
        data = text_form(self.scene.client(user), draft) | texts | {"csrfmiddlewaretoken": self.token}
        status, text = ask(
            "POST", text_url(draft), urlencode(data | ({"_publish": "1"} if publish else {})), self.cookie(user)
        )
        if status != 302:
            raise RuntimeError(f"{status} {text[:300]}")
        return not publish or self.scene.page(1).live_id == draft.pk

    def found(self, publish: bool) -> set[tuple[int, int]]:
        """The marks of what is there now; more than one is half of something."""
        from hammer.kill_trial import mark_of

        page = self.scene.page(1 if publish else 0)
        text = page.live if publish else page.working_revision
        return {mark_of(words) for words in (text.summary, text.steps, text.body)} if text else {mark_of("")}


def round_(
    number: int, publish: bool, server: Server, editors: Editors, chance: random.Random
) -> tuple[str, list[str]]:
    """Works until the server dies; gives back what was killed and what is wrong afterwards."""
    from hammer.kill_trial import accepted
    from yibao_site.integrity import faults

    what, acks = chance.choice(["worker", "worker", "worker", "main process"]), []
    before = editors.found(publish)
    killer = Timer(chance.uniform(0.02, SPAN), server.kill, [what, chance])
    killer.start()
    broke = []
    for step in range(1000):
        mark = f"【{number}-{step}】"
        try:
            if editors.step(mark, publish):
                acks.append(mark)
        except OSError:
            break
        except RuntimeError as error:
            broke.append(str(error))
            break
        if not killer.is_alive():
            break  # the other worker took it
    killer.join()
    server.recover(what)
    marks = editors.found(publish)
    if len(marks) > 1:
        broke.append(f"half of a text is there: {marks}")
    if acks and min(marks) < accepted(acks):
        broke.append(f"{accepted(acks)} was accepted, {marks} is there (before: {before})")
    page = editors.scene.page(1)
    if not _shows(server, page.get_absolute_url(), page.live.title):
        broke.append("the page served is not the live one")
    return what, broke + (list(faults()) if number % 5 == 0 else list(faults(quick=True)))


def _shows(server: Server, path: str, title: str) -> bool:
    """Every worker shows it, within the half second for which a process trusts what it knows."""
    for _ in range(30):
        try:
            if all(title in ask("GET", path)[1] for _ in range(4)):
                return True
            time.sleep(0.1)
        except OSError:  # it had answered once and still gave up
            server.wait()
    return False


def campaign(times: int, publish: bool, server: Server, editors: Editors, chance: random.Random) -> Line:
    """One kind of work over HTTP, and its server killed so many times."""
    killed, broke = Counter[str](), []
    for number in range(times):
        what, found = round_(number, publish, server, editors, chance)
        killed[what] += 1
        broke += [f"round {number}, {what}: {sentence}" for sentence in found]
        if len(broke) >= 20:
            break
    what = ", ".join(f"{count} × {name}" for name, count in sorted(killed.items()))
    work = "reviewers publish" if publish else "editors save"
    return Line(f"kill -9 of the web server while {work} ({what})", sum(killed.values()), broke)


def main(times: int, seed: int) -> None:
    """Prints a line as JSON for saving and one for publishing."""
    with tempfile.TemporaryDirectory(prefix="kill-server-", dir=FAST) as name:
        environment(Path(name), "")
        os.environ["SITE_URL"] = f"http://127.0.0.1:{PORT}"
        scene, server, chance = prepare(Path(name)), Server(), random.Random(seed)
        try:
            for publish in (False, True):
                line = campaign(times, publish, server, Editors(scene), chance)
                print(json.dumps(asdict(line), ensure_ascii=False), flush=True)
        finally:
            server.stop()
            scene.reader.process.terminate()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
