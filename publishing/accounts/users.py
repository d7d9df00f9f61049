"""Accounts in the admin: only administrators see them, nobody raises their own rights, nobody is deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db.models import ManyToManyField
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.html import format_html_join
from django_otp.plugins.otp_totp.admin import TOTPDevice  # from there, because importing it registers what goes below

from publishing import trail
from publishing.accounts import lockout, recovery, second_factor, sessions
from publishing.accounts.models import EditorSession
from publishing.accounts.rights import RightsField, listed
from publishing.roles import Role

User = get_user_model()
# Of phones the admin shows the secret, and lets a superuser give an account a second one: nobody needs that.
admin.site.unregister([User, Group, TOTPDevice])

# What decides about an account's own rights.
RIGHTS = ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")
# What only a superuser gives away.
HIGHEST = ("is_superuser", "user_permissions")


def _said_in_chinese(db_field: ManyToManyField, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a form field, with the field for rights where it holds rights."""
    return {**options, "form_class": RightsField} if db_field.related_model is Permission else options


@admin.register(User)
class EditorAdmin(UserAdmin):
    """An account: who it is, which group; its logins and second factor have a page of their own."""

    change_form_template = "admin/accounts/user_form.html"
    list_display = ["username", "first_name", "group_names", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    filter_horizontal = []
    add_fieldsets = [(None, {"fields": ["username", "password1", "password2"]})]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("是谁", {"fields": ["first_name", "last_name", "email"]}),
        ("能做什么", {"fields": ["is_active", "is_staff", "groups", "is_superuser", "user_permissions"]}),
        ("时间", {"fields": ["last_login", "date_joined"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="组")
    def group_names(self, user: Any) -> str:
        return "、".join(group.name for group in user.groups.all()) or ("超级用户" if user.is_superuser else "–")

    def get_urls(self) -> list:
        logins = path("<int:pk>/logins/", self.admin_site.admin_view(self.logins_view), name="auth_user_logins")
        return [logins, *super().get_urls()]

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **options: Any) -> Any:
        """Three groups are three boxes; rights are said in Chinese."""
        if db_field.name == "groups":
            options["widget"] = CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **_said_in_chinese(db_field, options))

    # Who may do what

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        closed = {"last_login", "date_joined"}
        if obj is not None and obj.pk == request.user.pk:
            closed.update(RIGHTS)
        if not request.user.is_superuser:
            closed.update(HIGHEST)
        return [*super().get_readonly_fields(request, obj), *sorted(closed)]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's account is changed by superusers only: a new password for it would be all rights."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or request.user.is_superuser or not obj.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever wrote something stays its author: an account is closed, not deleted."""
        return False

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Somebody else's password; one's own asks for the old one."""
        user = self.get_object(request, unquote(id))  # as Django will look it up: 7, 07 and +7 are one account
        if user is not None and user.pk == request.user.pk:
            return redirect("admin:password_change")
        return super().user_change_password(request, id, form_url)

    # Logins

    def logins_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Where somebody is logged in, and what an administrator can do about it."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user.pk == request.user.pk:
            return redirect("admin:account")
        if request.method == "POST":
            messages.success(request, self._act(request, user))
            return redirect(request.path)
        context = {
            **self.admin_site.each_context(request), "title": "登录和二次验证", "subtitle": user.get_username(), "opts": self.opts,
            "original": user, "sessions": EditorSession.objects.open(user), "device": second_factor.device_of(user),
            "codes_left": recovery.left(user),
        }  # fmt: skip
        return render(request, "admin/accounts/user_logins.html", context)

    def _act(self, request: HttpRequest, user: Any) -> str:
        """Does what the button says; gives back what was done."""
        if "reset" in request.POST:
            second_factor.remove(user, request.user)
            return "已重置二次验证，原来的手机和备用码都作废了，登录也已结束。对方下次登录时重新启用。"
        if "unlock" in request.POST:
            lockout.unlock(user.get_username(), request.user, user)
            return "已解除暂停，对方现在可以登录。"
        mark = request.POST.get("mark", "")
        count = sessions.end(user, mark) if mark else sessions.end_all(user)
        trail.write("sessions_ended", user, request.user, count=count)
        return f"已结束{count}处登录。"


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Groups are looked at by administrators; a superuser changes what others than those of our roles may do."""

    filter_horizontal = []

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["name", "permissions" if self.has_change_permission(request, obj) else "rights"]

    @admin.display(description="权限")
    def rights(self, group: Any) -> str:
        held = group.permissions.select_related("content_type").order_by("content_type", "codename")
        return format_html_join("", "{}<br>", ((line,) for line in listed(list(held))))

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **options: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **_said_in_chinese(db_field, options))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser and not self._is_ours(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser and not self._is_ours(obj) and (obj is None or not obj.user_set.exists())

    @staticmethod
    def _is_ours(group: Any) -> bool:
        """Whether the code says what this group may do: the next `migrate` would undo what is changed here."""
        return group is not None and group.name in set(Role)
