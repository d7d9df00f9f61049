"""The editors' side: the inbox, reports, votes, and who is named in public."""

from feedback.admin import inbox, people, reports, votes

__all__ = ["inbox", "people", "reports", "votes"]
