"""What readers carry away from a page: a reminder for their calendar."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from publishing import pages, registry
from publishing.icalendar import review_reminder
from publishing.models import Availability


def reminder(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The next review day of a live document as a calendar file."""
    document = pages.find(registry.content_type(kind).model, pk)
    if document.availability != Availability.LIVE or document.review_due_on is None:
        raise Http404("这一页没有下次核对的日期")
    url = settings.SITE_URL + document.get_absolute_url()
    return review_reminder(document, url).response(f"{kind}-{pk}.ics")
