from django.apps import AppConfig


class SeoConfig(AppConfig):
    name = "seo"
    verbose_name = "搜索引擎"

    def ready(self) -> None:
        from publishing import housekeeping, registry
        from seo.delivery import push
        from seo.outbox import on_change

        registry.listen(on_change)
        housekeeping.register("search engines", push)
