"""Whether the read replica may be asked: it answers, and it has all that the primary had a moment ago."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)

PRIMARY, REPLICA = "default", "replica"
PAUSE = 1.0  # seconds between two looks, and so about the most that the replica may lag
PAUSE_WHEN_DOWN = 5.0


class Replica:
    """What this process knows of the replica. One thread looks; the others go on with what is known."""

    def __init__(self) -> None:
        self.usable = False
        self._reason = "it was never asked"
        self._look_at = 0.0
        self._looking = threading.Lock()
        self._written = ""  # how far the primary had written at the look before

    def serves(self) -> bool:
        """Whether reads may go there now; looks again once a second."""
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self.usable

    def lost(self, error: Exception) -> None:
        """It failed in the middle of a page: nobody asks it until it was looked at again."""
        self._say_unusable(f"it failed: {error}")
        self._look_at = time.monotonic() + PAUSE_WHEN_DOWN

    def _look(self) -> None:
        before, self._written = self._written, _primary_has_written()
        # After an outage it must have everything; as long as it serves, what the primary had at the last look.
        # A primary that is down writes nothing more, so the replica is as good as it.
        needed = before if self.usable else self._written
        try:
            behind = _bytes_behind(needed) if needed else 0
        except DatabaseError as error:
            self.lost(error)
            return
        self._look_at = time.monotonic() + PAUSE
        if behind > 0:
            self._say_unusable(f"it is {behind} bytes behind")
        elif not self.usable:
            self.usable = True
            logger.warning("The replica serves public pages")

    def _say_unusable(self, reason: str) -> None:
        if self.usable or self._reason == "it was never asked":
            logger.warning("Public pages are read from the primary, the replica cannot be used: %s", reason)
        self.usable, self._reason = False, reason


def _primary_has_written() -> str:
    """The primary's position in its log; empty while it does not answer."""
    try:
        return str(_value(PRIMARY, "SELECT pg_current_wal_lsn()"))
    except DatabaseError:
        return ""


def _bytes_behind(position: str) -> int:
    """How many bytes of the primary's log up to a position the replica has not yet read."""
    return int(_value(REPLICA, "SELECT pg_wal_lsn_diff(%s::pg_lsn, pg_last_wal_replay_lsn())", position))


def _value(alias: str, sql: str, *arguments: str) -> object:
    """One value from a connection that is opened anew where it broke. It is no part of any page's queries."""
    connection = connections[alias]
    try:
        connection.ensure_connection()
        with connection.wrap_database_errors, connection.make_cursor(connection.create_cursor()) as cursor:
            cursor.execute(sql, arguments)
            return cursor.fetchone()[0]
    except DatabaseError:
        connection.close()
        raise
