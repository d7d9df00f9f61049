"""One page of every public template, for the tests and scripts that look at all of them."""

from __future__ import annotations

from urllib.parse import quote

from django.urls import NoReverseMatch, reverse

ANSWER = "/faq/22/"
LONG_ANSWER = "/faq/74/"
ARTICLE = "/articles/15/"

ALWAYS = {
    "home": "/",
    "question-list": "/faq/",
    "question-list-filtered": "/faq/?topic=filing&province=jiangsu",
    "answer": ANSWER,
    "answer-table": LONG_ANSWER,
    "article-list": "/articles/",
    "article": ARTICLE,
    "topic-list": "/topics/",
    "topic": "/topics/filing/",
    "province-list": "/provinces/",
    "province": "/provinces/jiangsu/",
    "policy-list": "/policies/",
    "policy": "/policies/20/",
    "site-map": "/site-map/",
    "about": "/about/",
    "corrections": "/about/corrections/",
    "privacy": "/about/privacy/",
    "accessibility": "/about/accessibility/",
    "not-found": "/nothing-here/",
}
WHERE_BUILT = {
    "search": ("search", ""),
    "search-results": ("search", f"?q={quote('异地备案')}"),
    "search-nothing": ("search", "?q=qqqqzzzz"),
    "filing": ("filing", ""),
    "ask": ("ask", ""),
}


def pages() -> dict[str, str]:
    """Name and address of a page of every template; parts of the site that are not installed are left out."""
    found = dict(ALWAYS)
    for name, (view, query) in WHERE_BUILT.items():
        try:
            found[name] = reverse(view) + query
        except NoReverseMatch:
            continue
    return found
