"""Addresses of pages by the name of their view, remembered."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.urls import reverse


@lru_cache(maxsize=4096)
def address(name: str, *arguments: Any) -> str:
    """The path of a view; NoReverseMatch where no view has the name. A page has some forty addresses, most of them the
    same as on the page before; the table of addresses and its prefix are the same for the life of a process."""
    return reverse(name, args=arguments)
