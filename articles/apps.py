from django.apps import AppConfig


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = "文章"

    def ready(self) -> None:
        from articles.models import Article
        from articles.views import answer
        from publishing.registry import register

        register("article", "文章", Article, answer)
