"""Every way in of the editors' admin: forms filled as somebody hostile would fill them, files, links. Each gives back the answers."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import yaml
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from faq.models import Question, QuestionRevision
from feedback.models import ReaderQuestion
from publishing.conflicts import token
from publishing.drafts import open_draft
from tests.hostile.corpus import Payload
from tests.hostile.filling import play
from tests.hostile.public_doors import links, login, public_forms

Answer = Any
Door = Callable[[Client, Payload], Iterator[Answer]]
# What the form of a text sends where nothing is cited.
NO_ROWS = {"citations-TOTAL_FORMS": "0", "citations-INITIAL_FORMS": "0", "base": "{}"}


# The editors' admin


def admin_forms(client: Client, payload: Payload) -> Iterator[Answer]:
    """The add and change form of every model, once all hostile, once as it might be accepted."""
    for model, own in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        row = own.model._default_manager.order_by("pk").last()
        urls = [reverse(f"{name}_add")] + (
            [reverse(f"{name}_change", args=[row.pk])] if row and model.__name__ != "User" else []
        )
        for url in urls:
            for all_words in (True, False):
                yield from play(client, url, payload, all_words=all_words)


def text_form(client: Client, payload: Payload) -> Iterator[Answer]:
    """A draft saved by itself and by hand."""
    draft = _draft()
    url, everything = _change(draft), dict.fromkeys(_text_names(), payload.text)
    yield client.post(
        f"{url}../autosave/", json.dumps({**everything, "version_token": token(draft)}), content_type="application/json"
    )
    draft.refresh_from_db()
    yield client.post(
        url, {**everything, **NO_ROWS, "title": "好", "summary": "好", "version_token": token(draft)}, follow=True
    )


def conflicts(client: Client, payload: Payload) -> Iterator[Answer]:
    """A draft that is refused, and one saved against somebody else's words."""
    draft = _draft()
    url, everything = _change(draft), dict.fromkeys(_text_names(), payload.text)
    yield client.post(
        url,
        {
            **everything,
            **NO_ROWS,
            "title": "长" * 200,
            "version_token": token(QuestionRevision.objects.get(pk=draft.pk)),
        },
    )
    yield client.post(url, {**everything, **NO_ROWS, "version_token": "1-0"})
    for choice in ("mine", "merged"):
        chosen = {f"choice_{name}": choice for name in everything} | {
            f"{choice}_{name}": text for name, text in everything.items()
        }
        fresh = token(QuestionRevision.objects.get(pk=draft.pk))
        rows = json.dumps([{"policy": payload.text, "clause": payload.text}])
        yield client.post(
            url,
            {**chosen, "_resolve": "1", "choice_rows": "mine", "mine_rows": rows, "version_token": fresh},
            follow=True,
        )
    yield client.post(
        url,
        {"_resolve": "1", "choice_rows": "mine", "mine_rows": payload.text, "version_token": token(draft)},
        follow=True,
    )


def verbs(client: Client, payload: Payload) -> Iterator[Answer]:
    """The reasons that verbs ask for, new pages, triage, search terms and the like."""
    question = _draft().document
    for verb in ("submit", "reject", "schedule", "force_publish", "verify", "withdraw", "merge", "remove"):
        yield from play(client, reverse("admin:faq_question_verb", args=[question.pk, verb]), payload, all_words=True)
    yield client.post(
        reverse("admin:faq_question_verb", args=[question.pk, "publish"]), {"version_token": payload.text}
    )
    for page in ("preview", "history"):
        url = reverse(f"admin:faq_question_{page}", args=[question.pk])
        yield client.get(f"{url}?{urlencode(dict.fromkeys(['version', 'from', 'to', 'date'], payload.text))}")
        yield client.post(url, {"revoke": payload.text, "restore": payload.text, "days": payload.text}, follow=True)
    yield client.post(
        "/admin/search/querycount/take/", {"question": "22", "query": payload.text, "report": payload.text}, follow=True
    )
    for reader in ReaderQuestion.objects.all()[:1]:
        url = reverse("admin:feedback_readerquestion_change", args=[reader.pk])
        for verb in ("answer", "draft", "merge", "spam"):
            yield client.post(
                url,
                {
                    "verb": verb,
                    "answer": "22",
                    "title": payload.line[:100],
                    "target": payload.text,
                    "reply": payload.line[:100],
                },
                follow=True,
            )


def lists(client: Client, payload: Payload) -> Iterator[Answer]:
    """Search boxes, filters, page numbers and pop-up parameters of the admin's lists."""
    names = [
        "q",
        "p",
        "o",
        "e",
        "all",
        "_popup",
        "_to_field",
        "availability__exact",
        "queue",
        "draft",
        "topics__id__exact",
        "title",
        "term",
        "id__in",
    ]
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        yield client.get(f"{url}?{urlencode({'q': payload.text})}")
    for name in names:
        yield client.get(f"/admin/faq/question/?{urlencode({name: payload.text})}", follow=True)
    yield client.get(
        f"/admin/autocomplete/?{urlencode({'term': payload.text, 'app_label': 'faq', 'model_name': 'relatedlink', 'field_name': payload.text})}"
    )
    yield client.get(f"/admin/faq/question/similar/?{urlencode({'title': payload.text})}")
    yield client.get(
        f"/admin/faq/question/add/?{urlencode({'title': payload.text, 'search_terms': payload.text, 'topics': payload.text})}"
    )


# Files


def spreadsheets(client: Client, payload: Payload) -> Iterator[Answer]:
    """Imports of every kind, seen in the preview and confirmed, and what is exported again."""
    rows = {
        "faq_question": {
            "标题": payload.line[:110],
            "简短回答": payload.line,
            "正文": payload.text,
            "适用": payload.text,
            "栏目": "filing",
            "依据": payload.text,
        },
        "articles_article": {"标题": payload.line[:110], "正文": payload.text, "栏目": payload.text},
        "policies_policydocument": {
            "编号": f"H{payload.number}",
            "名称": payload.line,
            "文号": payload.line[:60],
            "官方链接": payload.line,
        },
        "policies_parametervalue": {"政策数字": payload.text, "值": payload.line[:30], "来源说明": payload.line},
    }
    for name, row in rows.items():
        for form, content in (("0", _sheet(row)), ("1", _csv(row))):
            file = SimpleUploadedFile(payload.line.replace("/", "")[:80] or "x", content)
            preview = client.post(
                reverse(f"admin:{name}_import"), {"format": form, "resource": "", "import_file": file}
            )
            yield preview
            confirm = (preview.context or {}).get("confirm_form") if preview.context else None
            if confirm:
                yield client.post(reverse(f"admin:{name}_process_import"), confirm.initial, follow=True)
        yield client.get(reverse(f"admin:{name}_export"))


def _sheet(row: dict[str, str]) -> bytes:
    book = openpyxl.Workbook()
    legal = {name: openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value) for name, value in row.items()}
    book.active.append(list(legal))
    book.active.append(list(legal.values()))
    for cell in book.active[2]:
        cell.data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _csv(row: dict[str, str]) -> bytes:
    quoted = ['"' + text.replace('"', '""') + '"' for text in row.values()]
    return ("﻿" + ",".join(row) + "\r\n" + ",".join(quoted) + "\r\n").encode(errors="replace")


def folders(payload: Payload, folder: Path) -> None:
    """Files of Markdown and of content, as somebody with the shell would load them."""
    text = payload.text.replace("\x00", "")
    front = yaml.safe_dump(
        {
            "title": payload.line.replace("\x00", "")[:110],
            "topics": ["filing"],
            "steps": [text],
            "sources": [f"P20 | {payload.line[:60]}"],
        },
        allow_unicode=True,
    )
    (folder / "question").mkdir(parents=True, exist_ok=True)
    (folder / "question" / f"{payload.number}.md").write_text(
        f"---\n{front}---\n{text}", encoding="utf-8", errors="replace"
    )
    try:
        call_command("import_markdown", folder, verbosity=0, stdout=io.StringIO())
    except CommandError:  # a file that cannot be read is refused with a sentence; anything else fails the test
        return


def _draft() -> QuestionRevision:
    return open_draft(Question.objects.live().order_by("pk").first(), None)


def _text_names() -> list[str]:
    return ["title", "summary", "scope", "steps", "checklist", "body", "exceptions", "change_note", "trace"]


def _change(revision: QuestionRevision) -> str:
    return reverse("admin:faq_questionrevision_change", args=[revision.pk])


# What a person with an account can reach, then what anybody can.
DOORS: dict[str, Door] = {
    "admin forms": admin_forms, "text form": text_form, "conflicts": conflicts, "verbs": verbs, "lists": lists, "login": login, "spreadsheets": spreadsheets,
    "public forms": public_forms, "links": links,
}  # fmt: skip
SLOW = {"admin forms", "conflicts", "verbs", "lists", "spreadsheets", "links"}  # dozens of answers each
