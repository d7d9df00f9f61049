"""Public profiles: everybody writes their own, and only they themselves agree to be named."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from feedback.models import EditorProfile
from publishing import registry


class ProfileForm(forms.ModelForm):
    """A profile and the consent to show it."""

    consent = forms.BooleanField(
        label="我同意公开以上内容", required=False,
        help_text="公开后，您写的和核对的每一页都会署这个名字。随时可以取消，取消后马上不再显示。",
    )  # fmt: skip

    class Meta:
        model = EditorProfile
        fields = ["name", "role", "credentials", "about"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "consent" in self.fields:
            self.initial["consent"] = self.instance.consented_at is not None


@admin.register(EditorProfile)
class EditorProfileAdmin(admin.ModelAdmin):
    """One's own profile; administrators see all of them and may only take one off the site."""

    form = ProfileForm
    list_display = ["name", "role", "user", "consented_at"]
    list_select_related = ["user"]
    fields = ["name", "role", "credentials", "about", "consent"]
    actions = ["hide"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        profiles = super().get_queryset(request)
        return profiles if request.user.is_superuser else profiles.filter(user=request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not EditorProfile.objects.filter(user=request.user).exists()

    def has_change_permission(self, request: HttpRequest, obj: EditorProfile | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.user_id == request.user.pk)

    @admin.action(description="不再公开", permissions=["view"])
    def hide(self, request: HttpRequest, profiles: QuerySet) -> None:
        for profile in profiles:
            profile.consented_at = None
            profile.save(update_fields=["consented_at"])
            tell_pages(profile)

    def save_model(self, request: HttpRequest, obj: EditorProfile, form: Any, change: bool) -> None:
        if not change:
            obj.user = request.user
        agrees = form.cleaned_data["consent"]
        obj.consented_at = (obj.consented_at or timezone.now()) if agrees else None
        super().save_model(request, obj, form, change)
        tell_pages(obj)


def tell_pages(profile: EditorProfile) -> None:
    """Says that every page with this signature looks different now."""
    signed = Q(live__author=profile.user_id) | Q(live__reviewer=profile.user_id)
    for kind in registry.content_types():
        for document in kind.model.objects.live().filter(signed):
            registry.announce(document, registry.Change.IDENTITY)
