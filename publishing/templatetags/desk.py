"""What the desk's templates may ask."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest

from publishing import desk
from publishing.addresses import admin_url
from publishing.presence import name_of

register = template.Library()


@register.filter
def colleague(user: Any) -> str:
    """How colleagues call a user."""
    return name_of(user)


@register.simple_tag
def admin_page(instance: Any, page: str, *more: Any) -> str:
    """The address of one of the object's pages in the admin."""
    return admin_url(instance, page, *more)


@register.filter
def admin_list_url(opts: Any) -> str:
    """The name of a model's list in the admin."""
    return f"admin:{opts.app_label}_{opts.model_name}_changelist"


@register.simple_tag(takes_context=True)
def desk_queues(context: dict[str, Any]) -> list[desk.ShownQueue]:
    """Every queue with its counts for the person who looks."""
    request: HttpRequest = context["request"]
    return desk.queues(request)
