from django.apps import AppConfig


class YibaoSiteConfig(AppConfig):
    name = "yibao_site"
    verbose_name = "站点"
