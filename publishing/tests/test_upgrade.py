"""Tables that hold content can be changed by migrations, back and forth, and keep content and guards."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from articles.models import Article
from tests.factories import make_article


@pytest.mark.django_db(transaction=True)
def test_a_filled_table_survives_a_migration_and_its_return() -> None:
    article = make_article()
    try:
        call_command("migrate", "articles", "0003_figures_by_province", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT live_id FROM articles_article WHERE id = %s", [article.pk])
            assert cursor.fetchone() == (article.live_id,)
    finally:
        call_command("migrate", verbosity=0)
    assert Article.objects.live().get() == article
    with pytest.raises(IntegrityError):
        Article.objects.filter(pk=article.pk).update(availability="merged", replaced_by=article)
    other = make_article(title="另一篇")
    with pytest.raises(IntegrityError, match="live revision must belong"):
        Article.objects.filter(pk=other.pk).update(live=article.live)
