from django.apps import AppConfig
from django.urls import register_converter


class YibaoSiteConfig(AppConfig):
    name = "yibao_site"
    verbose_name = "站点"

    def ready(self) -> None:
        from publishing import housekeeping
        from yibao_site import checks, mirror  # noqa: F401 - checks register themselves
        from yibao_site.backup import nightly
        from yibao_site.numbers import Number

        register_converter(Number, "number")
        housekeeping.register("mirror", mirror.nightly)
        housekeeping.register("site: backup", nightly.run)
