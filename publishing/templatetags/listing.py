"""What templates of lists may ask."""

from __future__ import annotations

from django import template

from publishing.shelves import in_words

register = template.Library()
register.filter("counted", in_words)
