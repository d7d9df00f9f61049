"""How it stands with the search engines, for administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from seo.models import Notice, NoticeState, TargetState


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the machine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields]


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    list_display = ("path", "target", "reason", "state", "attempts", "answer", "changed_at", "settled_at")
    list_filter = ("target", "state", "reason")
    search_fields = ("path",)
    actions = ("send_again",)

    @admin.action(description="重新发送选中的通知", permissions=["change"])
    def send_again(self, request: HttpRequest, found: QuerySet[Notice]) -> None:
        """Puts refused notices back; what was sent stays sent, for engines punish repetition."""
        count = found.filter(state=NoticeState.REFUSED).update(state=NoticeState.WAITING, attempts=0, settled_at=None)
        self.message_user(request, f"{count}条被拒绝的通知会在一分钟内重新发送。已发送的不会重复发。", messages.SUCCESS)


@admin.register(TargetState)
class TargetStateAdmin(ReadOnlyAdmin):
    list_display = ("name", "paused_until", "failures", "allowance", "allowance_on", "told_at", "answer")
    actions = ("resume",)

    @admin.action(description="结束暂停，马上再试", permissions=["change"])
    def resume(self, request: HttpRequest, found: QuerySet[TargetState]) -> None:
        """Ends the pause, for when the operator has repaired a key."""
        found.update(paused_until=None, failures=0)
        self.message_user(request, "暂停已结束，一分钟内会再试。", messages.SUCCESS)
