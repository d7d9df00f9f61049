"""How a log line looks: JSON for machines, or a plain line where DEBUG is on. Both carry the request id.

Nothing personal: no address, no query string, no header, and personal numbers in messages and tracebacks are masked.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from publishing.masking import mask
from yibao_site.observability.trace import request_id

# Loggers whose lines are put together from names and numbers alone.
OWN = {"yibao.access", "yibao.slow_query"}
# What may be given as `extra`; anything else, such as the request itself, which shows its query string, is dropped.
FIELDS = [
    "request_id", "method", "view", "status", "ms", "bytes", "user", "queries", "query_ms", "sql", "actor", "about", "details",
]  # fmt: skip
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
# What JSON leaves as it is although some readers take it for the end of a line.
LINE_ENDS = re.compile(r"[\x85\u2028\u2029]")


class Trace(logging.Filter):
    """Gives every record the id of the request being answered."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django logs some answers when the request is over; the request itself still knows its id.
        record.request_id = request_id() or getattr(getattr(record, "request", None), "trace_id", "")
        return True


class Json(JsonFormatter):
    """One JSON object a line."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False)

    def format(self, record: logging.LogRecord) -> str:
        """One line, in Chinese that people can read too."""
        return LINE_ENDS.sub(lambda match: f"\\u{ord(match[0]):04x}", super().format(record))

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """The moment, the level, the logger and the message, then the known fields that are there."""
        text = record.getMessage()
        log_data.update(
            time=dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"), level=record.levelname, logger=record.name,
            message=text if record.name in OWN else mask(text),
        )  # fmt: skip
        known = vars(record)
        log_data.update({name: known[name] for name in FIELDS if known.get(name) not in (None, "")})
        if details := log_data.get("details"):
            log_data["details"] = _masked(details)
        if record.exc_info or record.exc_text:
            log_data["error"] = mask(record.exc_text or self.formatException(record.exc_info))


def _masked(value: Any) -> Any:
    """The same value with every text in it masked."""
    if isinstance(value, dict):
        return {name: _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part) for part in value]
    return mask(value) if isinstance(value, str) else value


class Plain(logging.Formatter):
    """A line that people read while they develop."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """The line, in which nothing can pretend to be another line."""
        known = vars(record)
        fields = "".join(f" {name}={known[name]}" for name in FIELDS if known.get(name) not in (None, ""))
        return CONTROL.sub(_escaped, (super().formatMessage(record) + fields).replace("\n", "\\n"))


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"


@contextmanager
def quiet(name: str) -> Iterator[None]:
    """Holds a logger's usual lines back for a while; warnings still come."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
