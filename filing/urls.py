"""Public addresses of the filing guide."""

from django.urls import path

from filing import views

urlpatterns = [
    path("filing/", views.start, name="filing"),
    path("filing/next/", views.following, name="filing-next"),
    path("filing/plan/", views.plan, name="filing-plan"),
    path("filing/reminder.ics", views.calendar, name="filing-reminder"),
    path("filing/<slug:name>/", views.question, name="filing-question"),
]
