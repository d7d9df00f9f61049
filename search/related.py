"""Related questions: the editors' pins first, then what shares most topics."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from publishing import registry


def related_to(document: Any, limit: int = 6) -> list[Any]:
    """Live questions that a reader of the document may need next, in rank order."""
    questions = registry.content_type("question").model.objects.live()
    pinned, hidden = _editors_choice(document)
    places = Q(nationwide=True) | Q(provinces__in=document.provinces.all())
    shared = Count("topics", filter=Q(topics__in=document.topics.all()), distinct=True)
    same_type = isinstance(document, questions.model)
    candidates = questions.exclude(pk__in=hidden | ({document.pk} if same_type else set())).filter(places)
    ranked = candidates.annotate(shared=shared).filter(Q(shared__gt=0) | Q(pk__in=pinned)).order_by("-shared", "id")
    found = list(ranked.distinct()[: limit + len(pinned)])
    order = {pk: position for position, pk in enumerate(pinned)}
    found.sort(key=lambda question: order.get(question.pk, len(order)))
    return found[:limit]


def _editors_choice(document: Any) -> tuple[list[int], set[int]]:
    if not hasattr(document, "related_links"):
        return list(document.related_questions.values_list("pk", flat=True)), set()
    links = list(document.related_links.all())
    return [link.target_id for link in links if not link.hidden], {link.target_id for link in links if link.hidden}
