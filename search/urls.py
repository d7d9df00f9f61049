"""Public addresses of this app."""

from django.urls import path

from search import views

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("search/suggest/", views.suggestions, name="search-suggest"),
    path("search/opened/", views.opened, name="search-opened"),
]
