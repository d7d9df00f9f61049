from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "读者反馈"

    def ready(self) -> None:
        from feedback import counting, notices, queues, retention, triage, watched
        from publishing import housekeeping
        from publishing.registry import listen

        watched.register()
        listen(triage.follow)
        queues.register()
        housekeeping.register("feedback: views", counting.drain)
        housekeeping.register("feedback: notices", notices.notify)
        housekeeping.register("feedback: retention", retention.delete_expired)
