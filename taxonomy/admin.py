"""Topics and places in the editors' admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from taggit.models import Tag

from taxonomy.models import City, Province, ProvinceFact, Term, Topic

# The stock tag model is not used here: topics are our own.
admin.site.unregister(Tag)
admin.site.site_header = admin.site.site_title = "异地就医问答 · 编辑部"
admin.site.index_title = "工作台"
admin.site.enable_nav_sidebar = False


@admin.register(Topic)
class TopicAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "group", "order"]
    search_fields = ["name", "slug"]
    ordering = ["order"]


class ProvinceFactInline(admin.TabularInline):
    model = ProvinceFact
    extra = 0
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Province)
class ProvinceAdmin(admin.ModelAdmin):
    list_display = ["code", "short_name", "region", "bureau_host", "intra_exempt", "single_pool"]
    list_filter = ["region", "intra_exempt"]
    search_fields = ["name", "short_name", "slug"]
    formfield_overrides = {models.ManyToManyField: {"widget": CheckboxSelectMultiple}}
    inlines = [ProvinceFactInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A closed list: provinces come with the site."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(City)
class CityAdmin(admin.ModelAdmin):
    list_display = ["code", "name", "province", "landing", "kind", "note"]
    list_filter = ["kind", "province"]
    list_select_related = ["province", "landing"]
    search_fields = ["name", "short_name", "pinyin", "aliases"]


@admin.register(Term)
class TermAdmin(admin.ModelAdmin):
    list_display = ["name", "topic", "source"]
    list_filter = ["topic"]
    list_select_related = ["topic"]
    search_fields = ["name", "aliases"]
