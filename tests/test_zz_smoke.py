import datetime as dt
import pytest
from django.utils import timezone
from faq.models import Question

def test_frozen(frozen):
    frozen("2027-01-01"); assert timezone.localdate()==dt.date(2027,1,1)
    frozen("2028-01-01"); assert timezone.localdate()==dt.date(2028,1,1)

def test_back(): assert timezone.localdate().year==2026

@pytest.mark.skip(reason="x")
def test_skipped(): pass

@pytest.mark.redis
def test_redis():
    import os, redis
    assert redis.from_url(os.environ["TEST_REDIS_URL"]).ping()

def test_outside():
    import socket
    with pytest.raises(Exception, match="allowed"):
        socket.create_connection(("192.0.2.1",80),timeout=2)

@pytest.mark.postgres
def test_pg():
    from django.db import connection
    assert connection.vendor=="postgresql"

def test_page(live_server, page):
    page.goto(live_server.url + "/admin/login/")
    assert page.locator("input[name=username]").count()==1
    assert page.evaluate("getComputedStyle(document.querySelector('#header')).backgroundColor")!="rgba(0, 0, 0, 0)"
    assert Question.objects.count()==0

def test_content(content): assert Question.objects.count()>5
def test_site(site, page):
    page.goto(site + "/admin/login/")
    assert Question.objects.count()>5
def test_empty(db): assert Question.objects.count()==0
def test_site_writes(site, page): Question.objects.update(search_terms="x")
def test_site_undone(site, page): assert not Question.objects.filter(search_terms="x").exists()
def test_live_content(live_server, content): assert Question.objects.count()>5
def test_live_content2(live_server, content): assert Question.objects.count()>5
