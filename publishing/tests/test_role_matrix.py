"""Who may do what, as one table: each row is posted by hand by every role, and the database says whether it happened.

Nothing here looks at buttons or hidden fields: the server alone decides.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from faq.models import Question
from policies.models import ParameterValue, PolicyDocument
from policies.tests.test_admin import form_of
from publishing.conflicts import token
from publishing.models import PreviewLink, State
from publishing.roles import Role
from publishing.tests.desk_forms import text_form, text_url
from taxonomy.models import Topic
from tests.factories import (
    draft_question,
    make_figure,
    make_policy,
    make_province,
    make_question,
    make_topic,
    make_user,
)

pytestmark = pytest.mark.django_db
NONE, WRITER, REVIEWER, ADMIN = "nobody", Role.WRITER, Role.REVIEWER, Role.ADMINISTRATOR
ROLES = [NONE, WRITER, REVIEWER, ADMIN]
NOBODY_AT_ALL: list[Any] = []
WRITERS, REVIEWERS, ADMINS = [WRITER, REVIEWER, ADMIN], [REVIEWER, ADMIN], [ADMIN]
FAR = "2999-12-31"


@dataclass
class Desk:
    """A member of staff at work: their browser, and an almighty one that knows what forms look like."""

    user: Any
    client: Client
    root: Client

    def post(self, address: str, **data: Any) -> Any:
        return self.client.post(f"/admin/{address}", data)


Deed = Callable[[Desk], bool]
TABLE: dict[str, tuple[Deed, list[Any]]] = {}


def may(roles: list[Any]) -> Callable[[Deed], Deed]:
    """Adds a row to the table: the deed posts, and gives back whether it happened."""

    def note(deed: Deed) -> Deed:
        TABLE[deed.__name__] = (deed, roles)
        return deed

    return note


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def identity(desk: Desk, question: Any, **changes: Any) -> Any:
    """Posts the identity form with everything as it is, but for these changes."""
    page = desk.root.get(f"/admin/faq/question/{question.pk}/change/")
    form = page.context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    data |= {"related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0} | changes
    desk.post(f"faq/question/{question.pk}/change/", **data)
    return fresh(question)


def draft() -> Any:
    """A page that readers have not seen, by somebody else."""
    return draft_question(author=make_user())


def live() -> Any:
    return make_question(author=make_user(), review_due_on=dt.date(2027, 1, 1))


# Identity


@may(WRITERS)
def search_terms_of_a_draft(desk: Desk) -> bool:
    return identity(desk, draft().document, search_terms="俗称").search_terms == "俗称"


@may(REVIEWERS)
def search_terms_of_a_live_page(desk: Desk) -> bool:
    return identity(desk, live(), search_terms="俗称").search_terms == "俗称"


@may(REVIEWERS)
def topics_of_a_live_page(desk: Desk) -> bool:
    other = make_topic("医保转移", "transfer")
    return other in identity(desk, live(), topics=[other.pk]).topics.all()


@may(REVIEWERS)
def places_of_a_live_page(desk: Desk) -> bool:
    place, question = make_province(), live()
    data = {"provinces": [place.pk], "nationwide": ""}
    return not identity(desk, question, **data).nationwide


@may(REVIEWERS)
def review_day_of_a_draft(desk: Desk) -> bool:
    return str(identity(desk, draft().document, review_due_on=FAR).review_due_on) == FAR


@may(REVIEWERS)
def review_day_of_a_live_page(desk: Desk) -> bool:
    return str(identity(desk, live(), review_due_on=FAR).review_due_on) == FAR


@may(REVIEWERS)
def review_day_of_a_new_page(desk: Desk) -> bool:
    data = {
        "title": "新的一页？",
        "topics": [make_topic().pk],
        "nationwide": "on",
        "origin": "scenario",
        "review_due_on": FAR,
    }
    desk.post("faq/question/add/", **data, **{"related_links-TOTAL_FORMS": 0, "related_links-INITIAL_FORMS": 0})
    return Question.objects.filter(review_due_on=FAR).exists()


@may(REVIEWERS)
def owner_of_a_draft(desk: Desk) -> bool:
    group = Group.objects.get(name=Role.REVIEWER.value)
    return identity(desk, draft().document, owner=group.pk).owner == group


@may(NOBODY_AT_ALL)
def verified_on_in_a_form(desk: Desk) -> bool:
    return any(str(identity(desk, page, verified_on=FAR).verified_on) == FAR for page in (live(), draft().document))


@may(NOBODY_AT_ALL)
def availability_in_a_form(desk: Desk) -> bool:
    hidden = (
        identity(desk, live(), availability="gone", withdrawn_on="2026-01-01", withdrawn_note="x").availability
        == "gone"
    )
    return hidden or identity(desk, draft().document, availability="live", live=1).availability == "live"


@may(NOBODY_AT_ALL)
def replaced_by_in_a_form(desk: Desk) -> bool:
    return identity(desk, live(), replaced_by=live().pk, availability="merged").replaced_by_id is not None


@may(NOBODY_AT_ALL)
def dates_of_publication_in_a_form(desk: Desk) -> bool:
    page = identity(
        desk, live(), first_published_at=FAR, changed_at=FAR, first_published_at_0=FAR, first_published_at_1="00:00"
    )
    return page.first_published_at.year == 2999 or page.changed_at.year == 2999


def pin(desk: Desk, question: Any) -> bool:
    target = live()
    rows = {"related_links-TOTAL_FORMS": 1, "related_links-0-target": target.pk, "related_links-0-kind": "pin",
            "related_links-0-position": 1, "related_links-0-question": question.pk}  # fmt: skip
    identity(desk, question, **rows)
    return question.related_links.exists()


@may(WRITERS)
def pins_of_a_draft(desk: Desk) -> bool:
    return pin(desk, draft().document)


@may(REVIEWERS)
def pins_of_a_live_page(desk: Desk) -> bool:
    return pin(desk, live())


@may(ADMINS)
def deletion_of_a_draft(desk: Desk) -> bool:
    question = Question.objects.create()
    desk.post(f"faq/question/{question.pk}/delete/", post="yes")
    return not Question.objects.filter(pk=question.pk).exists()


@may(NOBODY_AT_ALL)
def deletion_of_a_live_page(desk: Desk) -> bool:
    question = live()
    desk.post(f"faq/question/{question.pk}/delete/", post="yes")
    desk.post("faq/question/", action="delete_selected", _selected_action=[question.pk], post="yes")
    return not Question.objects.filter(pk=question.pk).exists()


# Text


@may(WRITERS)
def text_of_a_draft(desk: Desk) -> bool:
    revision = draft()
    desk.client.post(text_url(revision), text_form(desk.root, revision) | {"title": "改过的标题？", "_continue": "1"})
    return fresh(revision).title == "改过的标题？"


@may(NOBODY_AT_ALL)
def text_that_readers_see(desk: Desk) -> bool:
    revision = live().live
    desk.client.post(text_url(revision), {"title": "改过的标题？", "version_token": token(revision), "_continue": "1"})
    desk.client.post(
        text_url(revision, "autosave"),
        f'{{"title": "改过的标题？", "version_token": "{token(revision)}"}}',
        content_type="application/json",
    )
    return fresh(revision).title == "改过的标题？"


@may(NOBODY_AT_ALL)
def state_and_author_in_the_text_form(desk: Desk) -> bool:
    revision = draft()
    wanted = {
        "state": "published",
        "author": desk.user.pk,
        "reviewer": desk.user.pk,
        "published_at": FAR,
        "number": 99,
        "lock": 99,
    }
    desk.client.post(text_url(revision), text_form(desk.root, revision) | wanted | {"_continue": "1"})
    now = fresh(revision)
    return (
        now.state == State.PUBLISHED or now.number == 99 or now.reviewer_id is not None or now.author_id == desk.user.pk
    )


@may(WRITERS)
def sharing_a_preview(desk: Desk) -> bool:
    revision = draft()
    desk.post(f"faq/question/{revision.document_id}/preview/", days="7")
    return PreviewLink.objects.exists()


@may(WRITERS)
def uploading_a_picture(desk: Desk) -> bool:
    out = io.BytesIO()
    Image.new("RGB", (3, 3), (len(desk.user.username), desk.user.pk % 250, 7)).save(out, "PNG")
    answer = desk.post("faq/questionrevision/upload/", upload=SimpleUploadedFile("a.png", out.getvalue(), "image/png"))
    return answer.status_code == 200 and default_storage.exists(answer.json()["url"].removeprefix("/media/"))


# What readers get to see


def verb(desk: Desk, name: str, revision: Any, **asked: Any) -> None:
    desk.post(f"faq/question/{revision.document_id}/verb/{name}/", version_token=token(revision), **asked)


@may(REVIEWERS)
def publishing_in_the_form(desk: Desk) -> bool:
    revision = draft()
    desk.client.post(text_url(revision), text_form(desk.root, revision) | {"_publish": "1"})
    return fresh(revision.document).live_id == revision.pk


@may(REVIEWERS)
def publishing_by_verb(desk: Desk) -> bool:
    revision = draft()
    verb(desk, "publish", revision)
    return fresh(revision.document).live_id == revision.pk


@may(REVIEWERS)
def force_publishing(desk: Desk) -> bool:
    revision = draft()
    verb(desk, "force_publish", revision, note="今天就要")
    return fresh(revision.document).live_id == revision.pk


@may(REVIEWERS)
def scheduling(desk: Desk) -> bool:
    revision = draft()
    verb(desk, "schedule", revision, at="2999-01-01T08:00")
    return fresh(revision).state == State.SCHEDULED


@may(WRITERS)
def submitting(desk: Desk) -> bool:
    revision = draft()
    verb(desk, "submit", revision)
    return fresh(revision).state == State.SUBMITTED


@may(REVIEWERS)
def verifying_without_change(desk: Desk) -> bool:
    question = live()
    verb(desk, "verify", question.live, next_due="2027-06-01")
    return str(fresh(question).review_due_on) == "2027-06-01"


@may(REVIEWERS)
def withdrawing(desk: Desk) -> bool:
    question = live()
    verb(desk, "withdraw", question.live, note="政策变了")
    return fresh(question).availability == "withdrawn"


@may(REVIEWERS)
def merging(desk: Desk) -> bool:
    question = live()
    verb(desk, "merge", question.live, target=live().pk)
    return fresh(question).availability == "merged"


@may(REVIEWERS)
def removing(desk: Desk) -> bool:
    question = live()
    verb(desk, "remove", question.live, note="误发")
    return fresh(question).availability == "gone"


# Tables in and out


def imported(desk: Desk, **columns: str) -> bool:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (columns, columns.values()):
        book.active.append(list(row))
    book.save(out)
    page = desk.post(
        "faq/question/import/", format="0", resource="", import_file=SimpleUploadedFile("t.xlsx", out.getvalue())
    )
    form = page.context and page.context.get("confirm_form")
    if form is not None:
        data = {name: "" if value is None else value for name, value in form.initial.items()}
        desk.post("faq/question/process_import/", **data)
    return Question.objects.filter(revisions__title=columns["标题"]).exists()


@may(WRITERS)
def importing_drafts(desk: Desk) -> bool:
    return imported(desk, 标题="导入的问题？", 栏目=make_topic().slug)


@may(REVIEWERS)
def importing_a_review_day(desk: Desk) -> bool:
    return imported(desk, 标题="导入的问题？", 栏目=make_topic().slug, 下次核对="2027-01-31")


@may(REVIEWERS)
def importing_policies(desk: Desk) -> bool:
    file = SimpleUploadedFile("t.csv", b"code,title\nZ1,x\n", "text/csv")
    return desk.post("policies/policydocument/import/", format="1", resource="0", import_file=file).status_code == 200


@may(WRITERS)
def exporting(desk: Desk) -> bool:
    live()
    answers = [desk.client.get(f"/admin/{kind}/export/") for kind in ("faq/question", "policies/policydocument")]
    return all(answer.status_code == 200 for answer in answers)


# Sources, figures, reference data


@may(REVIEWERS)
def confidence_of_a_policy(desk: Desk) -> bool:
    policy = make_policy()
    data = form_of(desk.root, policy, confidence="low")
    page = desk.client.post(f"/admin/policies/policydocument/{policy.pk}/change/", data)
    confirm(desk, page, data)
    return fresh(policy).confidence == "low"


def confirm(desk: Desk, page: Any, data: dict[str, Any]) -> None:
    """Sends the form again with what the page of consequences asks for, where it came."""
    asked = dict((page.context or {}).get("again", [])) if page.status_code == 200 else {}
    if asked:
        desk.client.post(page.request["PATH_INFO"], data | asked | {"_confirmed": page.context["fingerprint"]})


@may(REVIEWERS)
def value_of_a_figure(desk: Desk) -> bool:
    value = make_figure("days", "2")
    data = form_of(desk.root, value.parameter)
    data = {name: ("7" if name.endswith("-0-value") else text) for name, text in data.items()}
    page = desk.client.post(f"/admin/policies/parameter/{value.parameter.pk}/change/", data)
    confirm(desk, page, data)
    return ParameterValue.objects.filter(value="7").exists()


@may(ADMINS)
def deleting_a_policy(desk: Desk) -> bool:
    policy = make_policy()
    desk.post(f"policies/policydocument/{policy.pk}/delete/", post="yes")
    return not PolicyDocument.objects.filter(pk=policy.pk).exists()


@may(REVIEWERS)
def adding_a_topic(desk: Desk) -> bool:
    form = desk.root.get("/admin/taxonomy/topic/add/").context["adminform"].form
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    desk.post("taxonomy/topic/add/", **data | {"name": "新栏目", "slug": "brand-new"})
    return Topic.objects.filter(slug="brand-new").exists()


@may(ADMINS)
def deleting_a_topic(desk: Desk) -> bool:
    topic = make_topic("没用的", "unused")
    desk.post(f"taxonomy/topic/{topic.pk}/delete/", post="yes")
    return not Topic.objects.filter(pk=topic.pk).exists()


# People


@may(ADMINS)
def opening_an_account(desk: Desk) -> bool:
    words = {"password1": "a wholly new sentence 7", "password2": "a wholly new sentence 7", "usable_password": "true"}
    desk.post("auth/user/add/", username="chen", **words)
    return get_user_model().objects.filter(username="chen").exists()


@may(ADMINS)
def giving_a_group(desk: Desk) -> bool:
    other, group = make_user("other"), Group.objects.get(name=Role.ADMINISTRATOR.value)
    desk.post(f"auth/user/{other.pk}/change/", username="other", is_active="on", is_staff="on", groups=[group.pk])
    return group in other.groups.all()


@may(NOBODY_AT_ALL)
def raising_oneself(desk: Desk) -> bool:
    before = set(desk.user.get_all_permissions())
    groups = list(Group.objects.values_list("pk", flat=True))
    desk.post(
        f"auth/user/{desk.user.pk}/change/",
        username=desk.user.username,
        is_active="on",
        is_staff="on",
        is_superuser="on",
        groups=groups,
    )
    now = get_user_model().objects.get(pk=desk.user.pk)
    return now.is_superuser or set(now.get_all_permissions()) != before


@may(ADMINS)
def reading_the_trail(desk: Desk) -> bool:
    return desk.client.get("/admin/publishing/auditevent/").status_code == 200


# The table, walked


@pytest.fixture
def desk_of() -> Callable[[Any], Desk]:
    def make(role: Any) -> Desk:
        make_user(role=Role.ADMINISTRATOR)  # so that every group exists
        user = make_user("somebody", role=None if role == NONE else role)
        browsers = Client(), Client()
        browsers[0].force_login(user)
        browsers[1].force_login(make_user("root", is_superuser=True))
        return Desk(user, *browsers)

    return make


@pytest.mark.parametrize("name", [name for name, (_, roles) in TABLE.items() if roles])
def test_the_lowest_role_that_may_does_it(desk_of, name: str) -> None:
    deed, roles = TABLE[name]
    assert deed(desk_of(roles[0]))


@pytest.mark.parametrize("name", TABLE)
def test_the_highest_role_that_may_not_is_refused(desk_of, name: str) -> None:
    deed, roles = TABLE[name]
    highest = ROLES[ROLES.index(roles[0]) - 1] if roles else ADMIN
    assert not deed(desk_of(highest))


def test_each_role_may_what_the_one_below_may(desk_of) -> None:
    """So the two tests above speak for all roles."""
    rights = [set(make_user(role=role).get_all_permissions()) for role in (WRITER, REVIEWER, ADMIN)]
    assert set() < rights[0] < rights[1] < rights[2]
    assert all(roles == ROLES[ROLES.index(roles[0]) :] for _, roles in TABLE.values() if roles)


def test_the_table_is_about_everything_that_was_promised() -> None:
    assert len(TABLE) >= 40
    assert {len(roles) for _, roles in TABLE.values()} == {0, 1, 2, 3}
