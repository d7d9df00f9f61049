"""The last release: the last migration of each app in it. A release moves them (docs/migrations.md)."""

from __future__ import annotations

MIGRATIONS = {
    "articles": "0005_short_answer_label",
    "faq": "0004_short_answer_label",
    "feedback": "0001_inbox_votes_views",
    "filing": "0001_rules",
    "policies": "0002_open_values_and_links",
    "publishing": "0002_desk_records",
    "search": "0004_uncounted",
    "seo": "0001_notices",
    "taxonomy": "0002_term",
}
