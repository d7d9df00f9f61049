from django.apps import AppConfig


class FilingConfig(AppConfig):
    name = "filing"
    verbose_name = "备案向导"

    def ready(self) -> None:
        from filing.models import Exemption, Override, Rule
        from publishing.watching import watch

        watch(Rule, Override, Exemption, Exemption.provinces.through)
