"""nginx's copies of pages: files in a folder. What changes content makes them wrong, so they are thrown away."""

from __future__ import annotations

import logging
import os
import re
import time
from pathlib import Path

from publishing import version
from yibao_site import maintenance

logger = logging.getLogger(__name__)

POLL = 0.05  # seconds; the version itself is read from the database four times a second at most
# A page that was asked for before a change may be stored after it: seconds after which the folder is emptied again, first
# when every process knows of the change, then for the usual page and for the slowest that nginx waits for
# (deploy/render.py: longest_answer).
AGAIN = (version.PAUSE + 0.1, 2.0, 20.0)
COPY = re.compile(r"[0-9a-f]{32}")  # a name with more behind it is a copy that nginx is still writing


def empty(folder: Path) -> int:
    """Throws away every copy; gives back how many there were. nginx takes a missing file as never seen."""
    count = 0
    for place, _, names in os.walk(folder):
        for name in filter(COPY.fullmatch, names):
            try:
                Path(place, name).unlink()
            except FileNotFoundError:  # nginx was quicker
                continue
            count += 1
    return count


def watch(folder: Path) -> None:
    """Empties the folder now, and within a second of every change of what pages say; never returns."""
    seen, due = None, [time.monotonic()]
    while True:
        state = _state()
        now = time.monotonic()
        if state[0] and state != seen:
            due = [now, *(now + wait for wait in AGAIN)]
            seen = state
        if due and due[0] <= now:
            due = [moment for moment in due if moment > now]
            if count := empty(folder):
                logger.info("%s copies of pages thrown away", count)
        time.sleep(POLL)


def _state() -> tuple[str, bool]:
    """What nginx's copies depend on: the content version (empty while unknown), and whether the site is closed."""
    return version.current(), maintenance.retry_after() is not None
