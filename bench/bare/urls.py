from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path


def page(request: HttpRequest) -> HttpResponse:
    """One trivial template."""
    return render(request, "page.html", {"title": "备案", "lines": ["先备案", "选定点", "持卡就医"]})


urlpatterns = [path("", page)]
