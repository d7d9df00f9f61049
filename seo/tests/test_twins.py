"""The Markdown twin says what the page says, with the same dates and sources, and ends as it ends."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from faq.models import Question
from publishing.models import Availability
from seo.tests.reading import body
from tests.factories import make_figure, make_policy, make_province, make_question

pytestmark = pytest.mark.django_db


def twin(client: Client, question: Question) -> str:
    return body(client.get(f"/faq/{question.pk}.md")).decode()


def test_it_has_everything_a_page_has(client: Client, frozen) -> None:
    frozen("2026-12-01")
    make_figure()
    policy = make_policy(number="医保发〔2022〕22号", title="通知", url="https://www.nhsa.gov.cn/a.html")
    question = make_question(
        "多久*生效*？", policies=[policy], provinces=[make_province()], verified_on=dt.date(2026, 11, 22), review_due_on=dt.date(2027, 5, 1),
        summary="[[filing_days]]内。", scope="险种：职工医保", steps="先看告知书。[^1]\n再提交。", checklist="身份证",
        exceptions="急诊不用等。", body="<h2>快慢</h2><p>要<strong>审核</strong>。[^1]</p><ul><li>甲</li><li>乙</li></ul>",
    )  # fmt: skip
    text = twin(client, question)
    front, _, rest = text.removeprefix("---\n").partition("\n---\n")
    assert f"url: http://127.0.0.1:8000/faq/{question.pk}/" in front
    assert "changed: 2026-12-01T12:00:00+08:00" in front
    assert "verified: 2026-11-22\nreview_due: 2027-05-01" in front
    for part in ("# 多久\\*生效\\*？", "2个工作日内。", "1. 先看告知书。[^1]\n2. 再提交。", "- 身份证", "## 快慢", "要**审核**。[^1]",
                 "- 急诊不用等。", "地区：江苏", "[^1]: 医保发〔2022〕22号 《通知》 第八条", "https://www.nhsa.gov.cn/a.html"):  # fmt: skip
        assert part in rest


def test_the_html_page_is_canonical(client: Client) -> None:
    question = make_question()
    response = client.get(f"/faq/{question.pk}.md")
    assert response["Link"] == f'<http://127.0.0.1:8000/faq/{question.pk}/>; rel="canonical"'
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert client.get(f"/faq/{question.pk}.md", headers={"if-none-match": response["ETag"]}).status_code == 304


def test_it_ends_as_the_page_ends(client: Client, settings) -> None:
    question, target = make_question(), make_question("另一个？")
    found = Question.objects.filter(pk=question.pk)
    found.update(availability=Availability.WITHDRAWN, withdrawn_on=timezone.localdate(), withdrawn_note="写错了")
    text = twin(client, question)
    assert text.index("撤回，请不要照着办。原因：写错了") < text.index(question.live.summary)
    assert client.get(f"/faq/{question.pk}.md")["X-Robots-Tag"] == "noindex"
    found.update(availability=Availability.MERGED, replaced_by=target)
    response = client.get(f"/faq/{question.pk}.md")
    assert (response.status_code, response["Location"]) == (301, f"/faq/{target.pk}.md")
    found.update(availability=Availability.GONE, replaced_by=None)
    assert client.get(f"/faq/{question.pk}.md").status_code == 410
    settings.GONE_STATUS = 404
    assert client.get(f"/faq/{question.pk}.md").status_code == 404
    found.update(availability=Availability.UNPUBLISHED)
    assert client.get(f"/faq/{question.pk}.md").status_code == 404


def test_queries(client: Client, django_assert_num_queries) -> None:
    question = make_question()
    twin(client, question)  # the first page of a minute also reads the glossary
    with django_assert_num_queries(3):
        twin(client, question)
