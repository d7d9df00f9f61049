"""How long after the commit of a publication readers see it: run as a program of its own, prints JSON.

    (environment of the site) python -m bench.site.publishing_delay TIMES ADDRESS [ADDRESS …]

Publishes a new short answer of one question again and again, as an editor's click does, and asks each address until the
new words are in the answer. Seconds, for each address.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request

QUESTION = 1
PATIENCE = 90.0


def publish(marker: str) -> None:
    """A new version of the question, live when this returns."""
    from django.db import transaction

    from faq.models import Question
    from publishing.workflow import make_live

    with transaction.atomic():
        question = Question.objects.live().get(pk=QUESTION)
        revision, citations = question.live, list(question.live.citations.all())
        newest = question.revisions.order_by("-number").values_list("number", flat=True).first()
        revision.pk, revision.number, revision.title = None, newest + 1, f"{marker} {revision.title.rpartition(' ')[2]}"
        revision._state.adding = True
        revision.save()
        for citation in citations:
            citation.pk, citation.revision = None, revision
            citation._state.adding = True
            citation.save()
        make_live(revision, None)


def seen_after(addresses: list[str], marker: str) -> dict[str, float]:
    """Seconds until each address shows the marker."""
    began, waiting, found = time.monotonic(), list(addresses), {}
    while waiting and time.monotonic() - began < PATIENCE:
        for address in list(waiting):
            with urllib.request.urlopen(address, timeout=10) as answer:
                if marker.encode() in answer.read():
                    found[address] = time.monotonic() - began
                    waiting.remove(address)
        time.sleep(0.01)
    return found | dict.fromkeys(waiting, PATIENCE)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yibao_site.settings")
    import django

    django.setup()
    times, addresses = int(sys.argv[1]), sys.argv[2:]
    found: dict[str, list[float]] = {address: [] for address in addresses}
    for number in range(times):
        for address in addresses:  # every cache has the old page
            for _ in range(2):
                urllib.request.urlopen(address, timeout=10).read()
        marker = f"bench{os.getpid()}x{number}"
        publish(marker)
        for address, seconds in seen_after(addresses, marker).items():
            found[address].append(seconds)
        time.sleep(0.7)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
