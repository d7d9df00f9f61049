"""Autosave and conflicts: nothing that was typed is lost, and nobody writes over somebody else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from publishing import workflow
from publishing.conflicts import token
from publishing.drafts import open_draft
from publishing.models import AuditEvent, State
from publishing.roles import Role
from publishing.tests.desk_forms import text_form, text_url
from tests.factories import make_figure, make_policy, make_question, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def zhang() -> Any:
    return make_user("zhang", role=Role.WRITER, first_name="张三")


@pytest.fixture
def li() -> Any:
    return make_user("li", role=Role.REVIEWER, first_name="李四")


@pytest.fixture
def draft(zhang: Any) -> Any:
    return open_draft(make_question(), zhang)


def login(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def autosave(client: Client, draft: Any, data: dict[str, Any]) -> Any:
    return client.post(text_url(draft, "autosave"), json.dumps(data), content_type="application/json")


class TestAutosave:
    def test_it_stores_what_is_typed_and_moves_the_token(self, zhang, draft) -> None:
        client = login(zhang)
        data = text_form(client, draft) | {"summary": "打字到一半", "body": "<p>正文也到一半</p><script>x</script>"}
        answer = autosave(client, draft, data).json()
        draft.refresh_from_db()
        assert (draft.summary, draft.body) == ("打字到一半", "<p>正文也到一半</p>")
        assert draft.edited_by == zhang
        assert answer["token"] == token(draft) != data["version_token"]
        assert answer["saved_at"]

    def test_what_is_not_valid_waits_and_the_rest_is_stored(self, zhang, draft) -> None:
        client, title = login(zhang), draft.title
        autosave(client, draft, text_form(client, draft) | {"title": "", "steps": "先打电话"})
        draft.refresh_from_db()
        assert (draft.title, draft.steps) == (title, "先打电话")

    def test_the_same_text_is_not_stored_again(self, zhang, draft) -> None:
        client = login(zhang)
        data = text_form(client, draft)
        assert autosave(client, draft, data).json()["token"] == data["version_token"]
        draft.refresh_from_db()
        assert draft.lock == 0

    def test_a_new_source_is_stored_once_and_then_known_by_its_id(self, zhang, draft) -> None:
        client, policy = login(zhang), make_policy()
        data = text_form(client, draft) | {"citations-TOTAL_FORMS": 3, "citations-1-position": 1,
                                           "citations-2-policy": policy.pk, "citations-2-clause": "第三条", "citations-2-position": 2}  # fmt: skip
        rows = autosave(client, draft, data).json()["rows"]
        added = draft.citations.get(policy=policy)
        assert rows == {"citations-2-id": added.pk}
        data |= {"citations-2-id": added.pk, "version_token": token(fresh(draft)), "_continue": "1"}
        assert client.post(text_url(draft), data).status_code == 302
        assert [row.clause for row in draft.citations.all()] == ["第八条", "第三条"]

    @pytest.mark.parametrize("given", ["", "7-0", None])
    def test_a_wrong_or_missing_token_is_refused(self, zhang, draft, given) -> None:
        client, summary = login(zhang), draft.summary
        data = text_form(client, draft) | {"summary": "改", "version_token": given}
        if given is None:
            del data["version_token"]
        response = autosave(client, draft, data)
        assert response.status_code == 409
        assert "对照两份内容" in response.json()["error"]
        draft.refresh_from_db()
        assert draft.summary == summary

    def test_a_lost_session_says_so(self, draft) -> None:
        response = autosave(Client(), draft, {})
        assert response.status_code == 401
        assert "登录已过期" in response.json()["error"]

    @pytest.mark.parametrize("body", ["", "[]", "{", '"x"', "null"])
    def test_nonsense_is_refused(self, zhang, draft, body: str) -> None:
        response = login(zhang).post(text_url(draft, "autosave"), body, content_type="application/json")
        assert response.status_code in {400, 409}

    def test_it_needs_a_csrf_token(self, zhang, draft) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(zhang)
        assert autosave(client, draft, {}).status_code == 403

    def test_what_is_published_is_not_touched(self, zhang, li, draft) -> None:
        client = login(zhang)
        data = text_form(client, draft) | {"summary": "太晚了"}
        workflow.publish(draft, li)
        assert autosave(client, draft, data).status_code == 403
        draft.refresh_from_db()
        assert draft.summary != "太晚了"


def fresh(draft: Any) -> Any:
    return type(draft).objects.get(pk=draft.pk)


class TestConflict:
    def test_the_second_save_is_refused_and_shows_both_texts(self, zhang, li, draft) -> None:
        first, second = login(zhang), login(li)
        mine, theirs = text_form(first, draft), text_form(second, draft)
        assert second.post(text_url(draft), theirs | {"summary": "李四写的", "_continue": "1"}).status_code == 302
        response = first.post(text_url(draft), mine | {"summary": "张三写的", "steps": "打电话", "_continue": "1"})
        html = response.content.decode()
        assert response.status_code == 409
        assert all(text in html for text in ("李四", "李四写的", "张三写的", "按选择保存"))
        assert fresh(draft).summary == "李四写的"

    @pytest.mark.parametrize(("choice", "result"), [("theirs", "李四写的"), ("mine", "张三写的"), ("merged", "合起来")])
    def test_each_field_is_chosen(self, zhang, li, draft, choice: str, result: str) -> None:
        first, second = login(zhang), login(li)
        mine = text_form(first, draft)
        second.post(text_url(draft), text_form(second, draft) | {"summary": "李四写的", "_continue": "1"})
        page = first.post(text_url(draft), mine | {"summary": "张三写的", "steps": "打电话", "_continue": "1"})
        response = first.post(text_url(draft), self.resolved(page, summary=choice, steps="mine", merged="合起来"))
        assert response.status_code == 302
        saved = fresh(draft)
        assert (saved.summary, saved.steps, saved.title) == (result, "打电话", draft.title)
        assert saved.citations.count() == 1

    def test_what_an_editor_did_not_touch_is_theirs_by_itself(self, zhang, li, draft) -> None:
        first, second = login(zhang), login(li)
        mine = text_form(first, draft)
        second.post(text_url(draft), text_form(second, draft) | {
            "summary": "李四写的", "steps": "李四的步骤", "citations-0-clause": "第九条", "_continue": "1"})  # fmt: skip
        page = first.post(text_url(draft), mine | {"summary": "张三写的", "_continue": "1"})
        assert {pair.name: pair.touched for pair in page.context["pairs"]} == {"summary": True, "steps": False}
        assert not page.context["rows"].touched
        assert page.content.decode().count('value="theirs" checked') == 2

    def resolved(self, page: Any, merged: str = "", rows: str = "", **choices: str) -> dict[str, str]:
        context = page.context
        data = {"_resolve": "1", "version_token": context["version_token"]}
        for name, value in context["rest"].items():
            data |= {f"choice_{name}": "mine", f"mine_{name}": value}
        for pair in context["pairs"]:
            data |= {
                f"choice_{pair.name}": choices[pair.name],
                f"mine_{pair.name}": pair.mine,
                f"merged_{pair.name}": merged,
            }
        if context["rows"]:
            data |= {"choice_rows": rows, "mine_rows": context["rows"].data}
        return data

    @pytest.mark.parametrize(("choice", "result"), [("theirs", ["第八条", "第五条"]), ("mine", ["第九条"])])
    def test_sources_are_chosen_as_a_whole(self, zhang, li, draft, choice: str, result: list[str]) -> None:
        first, second, policy = login(zhang), login(li), make_policy()
        mine = text_form(first, draft)
        second.post(text_url(draft), text_form(second, draft) | {
            "citations-TOTAL_FORMS": 2, "citations-1-policy": policy.pk, "citations-1-clause": "第五条", "citations-1-position": 2, "_continue": "1"})  # fmt: skip
        page = first.post(text_url(draft), mine | {"citations-0-clause": "第九条", "_continue": "1"})
        assert page.status_code == 409
        assert first.post(text_url(draft), self.resolved(page, rows=choice)).status_code == 302
        assert [row.clause for row in draft.citations.all()] == result

    def test_a_missing_token_is_refused_too(self, zhang, draft) -> None:
        client = login(zhang)
        data = text_form(client, draft) | {"summary": "没有版本号", "_continue": "1"}
        del data["version_token"]
        response = client.post(text_url(draft), data)
        assert response.status_code == 409
        assert "没有带上版本号" in response.content.decode()
        assert fresh(draft).summary != "没有版本号"

    def test_a_text_published_meanwhile_goes_into_a_new_draft(self, zhang, li, draft) -> None:
        client = login(zhang)
        mine = text_form(client, draft)
        workflow.publish(draft, li)
        page = client.post(text_url(draft), mine | {"summary": "张三晚了一步", "_continue": "1"})
        assert page.status_code == 409
        assert "放进一份新草稿" in page.content.decode()
        client.post(text_url(draft), self.resolved(page, summary="mine"))
        new = draft.document.revisions.get(state=State.DRAFT)
        assert (new.number, new.summary) == (3, "张三晚了一步")
        assert fresh(draft).summary != "张三晚了一步"

    def test_publishing_an_outdated_view_is_refused(self, zhang, li, draft) -> None:
        reviewer, writer = login(li), login(zhang)
        seen = text_form(reviewer, draft)
        autosave(writer, draft, text_form(writer, draft) | {"summary": "审核人没看过的话"})
        assert reviewer.post(text_url(draft), seen | {"_publish": "1"}).status_code == 409
        assert fresh(draft).state == State.DRAFT

    def test_opening_and_publishing_without_a_change_is_no_edit(self, zhang, li, draft) -> None:
        make_figure("days", "2")
        reviewer = login(li)
        data = text_form(reviewer, draft)
        # The editor rewrites white space between blocks; nobody would call that a change.
        data["body"] = data["body"].replace("</p>", "</p>\r\n\r\n") + "\r\n"
        assert reviewer.post(text_url(draft), data | {"_publish": "1"}).status_code == 302
        assert fresh(draft).state == State.PUBLISHED
        assert fresh(draft).edited_by is None

    def test_presence_is_said(self, zhang, li, draft, frozen) -> None:
        frozen("2026-11-22T12:00:00")
        login(zhang).get(text_url(draft))
        frozen("2026-11-22T12:02:10")
        assert "张三 两分钟前打开过" in login(li).get(text_url(draft)).content.decode()
        frozen("2026-11-22T14:30:00")
        assert "张三 " not in login(li).get(text_url(draft)).content.decode().split("data-presence")[-1][:40]

    def test_edits_are_on_record(self, zhang, draft) -> None:
        client = login(zhang)
        client.post(text_url(draft), text_form(client, draft) | {"summary": "新的", "_continue": "1"})
        event = AuditEvent.objects.get(action="edit")
        assert (event.actor, event.details) == (zhang, {"number": 2, "fields": ["简短回答"]})
