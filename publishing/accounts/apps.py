"""The admin of this site, in the place of Django's own."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class EditorsAdminConfig(AdminConfig):
    """Django's admin with the login of publishing/accounts/site.py."""

    default_site = "publishing.accounts.site.EditorsSite"
