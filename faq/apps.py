from django.apps import AppConfig


class FaqConfig(AppConfig):
    name = "faq"
    verbose_name = "问答"

    def ready(self) -> None:
        from faq.models import Question, RelatedLink
        from faq.views import answer
        from publishing.registry import register
        from publishing.watching import watch

        known = "SELECT 1 FROM faq_question AS d WHERE d.id = {row}.question_id AND d.availability <> 'unpublished'"
        watch(RelatedLink, when=f"EXISTS ({known})")
        register("question", "问题", Question, answer)
