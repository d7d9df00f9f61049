"""Addresses for search engines, feed readers, assistants and programs."""

from django.urls import path

from seo import api, feeds, sitemaps, twins, wellknown

urlpatterns = [
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:name>-<number:block>.xml", sitemaps.child, name="sitemap-child"),
    path("sitemap.txt", sitemaps.text, name="sitemap-text"),
    path("robots.txt", wellknown.robots, name="robots"),
    path("llms.txt", wellknown.llms, name="llms"),
    path(".well-known/security.txt", wellknown.security, name="security"),
    path("feed.atom", feeds.everything, name="feed"),
    path("feed.json", feeds.everything_json, name="feed-json"),
    path("topics/<slug:slug>/feed.atom", feeds.of_topic, name="topic-feed"),
    path("provinces/<slug:slug>/feed.atom", feeds.of_province, name="province-feed"),
    path("faq/<number:pk>.md", twins.twin, {"kind": "question"}, name="question-markdown"),
    path("articles/<number:pk>.md", twins.twin, {"kind": "article"}, name="article-markdown"),
    path("api/v1/", api.index, name="api-index"),
    path("api/v1/openapi.json", api.description, name="api-description"),
    path("api/v1/questions/<number:pk>/", api.detail, {"kind": "question"}, name="api-question"),
    path("api/v1/articles/<number:pk>/", api.detail, {"kind": "article"}, name="api-article"),
    path("api/v1/<slug:name>/", api.listing, name="api-list"),
    # Last: any other file at the root, for IndexNow and for proofs of ownership.
    path("<str:name>.txt", wellknown.root_file, {"suffix": "txt"}, name="root-txt"),
    path("<str:name>.html", wellknown.root_file, {"suffix": "html"}, name="root-html"),
    path("<str:name>.xml", wellknown.root_file, {"suffix": "xml"}, name="root-xml"),
]
