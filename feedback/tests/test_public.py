"""What of all this readers see: approved wordings, and editors who agreed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from feedback.models import (
    AskedWording,
    EditorProfile,
    HelpfulVote,
)
from feedback.tests.scenes import asked, logged_in
from publishing.roles import Role
from publishing.workflow import make_live
from tests.factories import draft_question, make_question, make_user

pytestmark = pytest.mark.django_db


def test_only_approved_wordings_are_public(client) -> None:
    page, hidden = make_question(), draft_question("还没发布的").document
    asked("独一无二的原话")
    AskedWording.objects.create(wording="外省住院要备案吗", question=page)
    AskedWording.objects.create(wording="还看不到的", question=hidden)
    html = client.get("/").content.decode()
    assert "最近被问到" in html
    assert "外省住院要备案吗" in html
    assert "还看不到的" not in html
    assert "独一无二的原话" not in html


def test_a_wording_with_personal_data_is_refused() -> None:
    client, user = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    page = make_question()
    response = client.post("/admin/feedback/askedwording/add/", {"wording": "我叫张三怎么备案", "question": page.pk})
    assert "不带个人信息" in response.content.decode()
    client.post("/admin/feedback/askedwording/add/", {"wording": "外省住院要备案吗", "question": page.pk})
    assert AskedWording.objects.get().approved_by == user


def test_a_name_is_public_only_while_its_owner_agrees(client) -> None:
    author, reviewer = make_user("writer1"), make_user("reviewer1")
    revision = draft_question(author=author)
    make_live(revision, reviewer)
    url = revision.document.get_absolute_url()
    profile = EditorProfile.objects.create(user=author, name="老周", role="撰稿")
    EditorProfile.objects.create(user=reviewer, name="小林", role="审核", consented_at=timezone.now())
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    vote = {"kind": "question", "object_id": revision.document_id, "revision": 1, "helpful": True}
    HelpfulVote.objects.create(**vote, day=yesterday)
    HelpfulVote.objects.create(**vote)  # today's count from tomorrow on
    html = client.get(url).content.decode()
    assert "小林" in html
    assert "老周" not in html
    profile.consented_at = timezone.now()
    profile.save()
    assert "老周" in client.get(url).content.decode()
    html = client.get("/about/editors/").content.decode()
    assert "写了1页" in html
    assert "核对了1页" in html
    assert "1位读者说有帮助" in html
    author.is_active = False
    author.save()
    assert "老周" not in client.get(url).content.decode()
    for login in ("writer1", "reviewer1"):
        assert login not in html


def test_only_oneself_can_agree() -> None:
    other = EditorProfile.objects.create(user=make_user(), name="老周", role="撰稿")
    boss, _ = logged_in(Role.ADMINISTRATOR, is_superuser=True)
    boss.post(f"/admin/feedback/editorprofile/{other.pk}/change/", {"name": "老周", "role": "撰稿", "consent": "on"})
    other.refresh_from_db()
    assert other.consented_at is None
    client, user = logged_in(Role.WRITER)
    client.post("/admin/feedback/editorprofile/add/", {"name": "小林", "role": "撰稿", "consent": "on"})
    own = EditorProfile.objects.get(user=user)
    assert own.consented_at
    client.post(f"/admin/feedback/editorprofile/{own.pk}/change/", {"name": "小林", "role": "撰稿"})
    own.refresh_from_db()
    assert own.consented_at is None
    assert client.get(f"/admin/feedback/editorprofile/{other.pk}/change/").status_code == 302
