"""Backups and copies: Django's own dump reads every content type and loads again."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.factories import make_article, make_figure, make_question

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("app", ["faq", "articles", "policies", "taxonomy"])
def test_dumpdata_reads_every_row(app: str) -> None:
    make_figure("days", "2")
    make_question(summary="[[days]]内办结。")
    make_article()
    out = StringIO()
    call_command("dumpdata", app, stdout=out)
    assert len(json.loads(out.getvalue())) >= 1
