"""The states of a page and of a version of its text; docs/lifecycle.md has the table."""

from django.db import models


class Availability(models.TextChoices):
    """What a document's URL answers; the table is in docs/lifecycle.md."""

    UNPUBLISHED = "unpublished", "未发布"
    LIVE = "live", "已发布"
    WITHDRAWN = "withdrawn", "已撤回"
    MERGED = "merged", "已合并"
    GONE = "gone", "已删除"


class State(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    REJECTED = "rejected", "退回修改"
    SCHEDULED = "scheduled", "定时发布"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "旧版本"


class Origin(models.TextChoices):
    OBSERVED = "observed", "公开材料里常见的问法"
    SCENARIO = "scenario", "按办事场景拟定"
    READER = "reader", "读者提问"
    IMPORTED = "imported", "导入"
