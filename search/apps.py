from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "搜索"

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save

        from publishing import housekeeping, registry
        from publishing.watching import watch
        from search import desk, figures, index, lexicon, querylog, relations, statistics
        from search.models import RelatedRow, WordSet
        from taxonomy.models import Topic

        watch(RelatedRow)
        desk.register()
        registry.listen(index.follow)
        registry.listen(relations.follow)  # after the index, which it reads
        housekeeping.register("search: figures", figures.follow_figures)
        housekeeping.register("search: word counts", statistics.refresh_if_stale)
        housekeeping.register("search: old counts", querylog.forget)
        for model in (WordSet, Topic):
            post_save.connect(lexicon.touch, sender=model, dispatch_uid=f"lexicon-{model.__name__}")
            post_delete.connect(lexicon.touch, sender=model, dispatch_uid=f"lexicon-{model.__name__}-gone")
