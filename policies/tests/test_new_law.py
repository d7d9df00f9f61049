"""The real case: on 2027-01-01 the 医疗保障法 takes effect, and nobody edits anything."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Parameter, ParameterValue, PolicyDocument
from policies.usage import uses_of
from publishing.registry import content_types

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("content")]
EVE, DAY, AFTER = "2026-12-31", "2027-01-01", "2027-01-02"
NEXT_YEAR = dt.date(2027, 1, 1)
UPCOMING = "将于2027年1月1日施行"


@pytest.fixture
def law() -> PolicyDocument:
    return PolicyDocument.objects.get(code="P01")


def citing(law: PolicyDocument) -> list:
    """Every live page with the law among its sources."""
    return [document for kind in content_types() for document in kind.model.objects.citing(law)]


def to_recheck(law: PolicyDocument) -> set[str]:
    """The addresses of the live pages that an editor wants read again when the law takes effect."""
    found = set()
    for kind in content_types():
        documents = kind.model.objects.live().filter(live__citations__recheck_with=law).distinct()
        found |= {document.get_absolute_url() for document in documents}
    return found


def due() -> set[str]:
    """The addresses of the pages in the editors' queue today."""
    today = timezone.localdate()
    documents = [document for kind in content_types() for document in kind.model.objects.due_for_review(today)]
    return {document.get_absolute_url() for document in documents}


def test_its_own_page_changes_on_the_day(client: Client, frozen, law) -> None:
    for day, shown, hidden in (
        (EVE, UPCOMING, "现行</span>"),
        (DAY, "现行</span>", UPCOMING),
        (AFTER, "现行</span>", UPCOMING),
    ):
        frozen(day)
        html = client.get(law.get_absolute_url()).text
        assert shown in html, day
        assert hidden not in html, day


def test_the_timeline_changes_on_the_day(client: Client, frozen) -> None:
    frozen(EVE)
    assert UPCOMING in client.get("/policies/").text
    frozen(DAY)
    assert UPCOMING not in client.get("/policies/").text


def test_every_page_that_cites_it_changes_on_the_day(client: Client, frozen, law) -> None:
    pages = citing(law)
    assert len(pages) > 10
    for document in pages:
        frozen(EVE)
        assert UPCOMING in client.get(document.get_absolute_url()).text
        frozen(DAY)
        assert UPCOMING not in client.get(document.get_absolute_url()).text


def test_a_moment_before_midnight_in_china_it_is_still_coming(client: Client, frozen, law) -> None:
    frozen("2026-12-31T23:59:59")
    assert UPCOMING in client.get(law.get_absolute_url()).text
    frozen("2027-01-01T00:00:00")
    assert UPCOMING not in client.get(law.get_absolute_url()).text


def test_pages_that_rest_on_older_articles_come_up_for_review_that_day(client: Client, frozen, law) -> None:
    waiting = to_recheck(law)
    assert len(waiting) > 20
    frozen(EVE)
    before = due()
    assert not waiting & before
    frozen(DAY)
    assert waiting <= due()
    address = sorted(waiting)[0]
    assert f"《{law.title}》已经施行，本页正在按它复核。" in client.get(address).text
    frozen(EVE)
    assert "本页正在按它复核" not in client.get(address).text


def test_a_page_that_was_checked_against_it_leaves_the_queue(frozen, law) -> None:
    kind = content_types()[-1]
    document = kind.model.objects.live().filter(live__citations__recheck_with=law).distinct().first()
    frozen(AFTER)
    assert document.get_absolute_url() in due()
    type(document).objects.filter(pk=document.pk).update(verified_on=dt.date(2027, 1, 2))
    assert document.get_absolute_url() not in due()


def test_a_figure_with_a_future_value_changes_all_its_pages_that_day(client: Client, frozen) -> None:
    frozen("2026-12-01")
    figure = Parameter.objects.get(key="filing_online_days")
    value = figure.values.get(province=None, in_force_until=None)
    value.in_force_until = dt.date(2026, 12, 31)
    value.save()
    ParameterValue.objects.create(
        parameter=figure, value="77", in_force_from=NEXT_YEAR, policy=value.policy, clause="测试"
    )
    national = [
        use for use in uses_of(figure) if use.is_live and any("[[filing_online_days]]" in text for text in use.texts)
    ]
    assert len(national) > 3
    for day, shown in ((EVE, "2个工作日"), (DAY, "77个工作日"), (AFTER, "77个工作日")):
        frozen(day)
        for use in national:
            html = client.get(use.public_url).text
            assert f'<span class="figure">{shown}</span>' in html or shown in html, (day, use.public_url)
            assert ("77个工作日" in html) == (day != EVE), (day, use.public_url)


def test_its_pages_say_that_they_changed_when_it_took_effect(frozen) -> None:
    frozen("2026-12-01")
    figure = Parameter.objects.get(key="filing_online_days")
    value = figure.values.get(province=None, in_force_until=None)
    value.in_force_until = dt.date(2026, 12, 31)
    value.save()
    ParameterValue.objects.create(parameter=figure, value="77", in_force_from=NEXT_YEAR, policy=value.policy)
    midnight = dt.datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    for day, changed in ((EVE, False), (DAY, True), (AFTER, True)):
        frozen(day)
        for kind in content_types():
            for document in kind.model.objects.showing(figure).with_changed_at(timezone.now()):
                assert (document.effective_changed_at == midnight) == changed, (day, document)


def test_a_figure_that_runs_out_flags_its_pages_and_leaves_no_hole(client: Client, frozen) -> None:
    frozen("2026-12-01")
    figure = Parameter.objects.get(key="manual_processing_days")
    figure.values.filter(in_force_until=None).update(in_force_until=dt.date(2026, 12, 31))
    addresses = {use.public_url for use in uses_of(figure) if use.is_live}
    assert addresses
    frozen(EVE)
    flagged = due()
    frozen(DAY)
    assert addresses <= due()
    assert addresses - flagged == addresses - flagged - set()
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert "本站正在核对，请拨打12393" in response.text
        assert "[[manual_processing_days]]" not in response.text
