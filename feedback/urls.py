"""Public addresses of this app."""

from django.urls import path

from feedback.views import ask, counts, editors, pages, receipt

urlpatterns = [
    path("ask/", ask.ask, name="ask"),
    path("ask/nearest/", ask.nearest_answers, name="ask-nearest"),
    path("ask/receipt/", receipt.receipt, name="receipt"),
    path("feedback/helpful/", pages.helpful, name="helpful"),
    path("feedback/helpful/reason/", pages.reason, name="helpful-reason"),
    path("feedback/report/<slug:kind>/<number:pk>/", pages.report, name="report"),
    path("feedback/view/", counts.view, name="view"),
    path("about/editors/", editors.editors, name="editors"),
]
