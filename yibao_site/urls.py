"""Every public address of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from articles.views import article_detail, article_list
from faq.views import question_detail, question_list
from publishing.previews import shared_preview
from publishing.uploads import show
from yibao_site.views import browse, places, static, style, take_along, topics

urlpatterns = [
    path("", browse.home, name="home"),
    path("faq/", question_list, name="question-list"),
    path("faq/<number:pk>/", question_detail, name="question"),
    path("faq/<number:pk>/reminder.ics", take_along.reminder, {"kind": "question"}, name="question-reminder"),
    path("articles/", article_list, name="article-list"),
    path("articles/<number:pk>/", article_detail, name="article"),
    path("articles/<number:pk>/reminder.ics", take_along.reminder, {"kind": "article"}, name="article-reminder"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/<slug:slug>/", topics.topic_detail, name="topic"),
    path("provinces/", places.province_list, name="province-list"),
    path("provinces/<slug:slug>/", places.province_detail, name="province"),
    path("policies/", browse.policy_list, name="policy-list"),
    path("policies/<number:pk>/", browse.policy_detail, name="policy"),
    path("glossary/", browse.glossary, name="glossary"),
    path("site-map/", browse.site_map, name="site-map"),
    path("about/", static.about, name="about"),
    path("about/corrections/", static.about, {"name": "corrections"}, name="corrections"),
    path("about/privacy/", static.about, {"name": "privacy"}, name="privacy"),
    path("about/accessibility/", static.about, {"name": "accessibility"}, name="accessibility"),
    path("", include("search.urls")),
    path("", include("filing.urls")),
    path("", include("feedback.urls")),
    path("", include("seo.urls")),
    path("style/", style.style, name="style"),
    path("healthz", static.healthz, name="healthz"),
    path("readyz", static.readyz, name="readyz"),
    path("favicon.ico", RedirectView.as_view(url="/static/favicon.svg", permanent=True)),
    path("media/<path:name>", show, name="picture"),
    path("preview/<str:token>/", shared_preview, name="shared-preview"),
    path("admin/", admin.site.urls),
]

handler400 = "yibao_site.views.static.bad_request"
handler404 = "yibao_site.views.static.not_found"
handler500 = "yibao_site.views.static.server_error"
