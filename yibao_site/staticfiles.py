"""Static files without the parts of CKEditor that this site never loads."""

from django.contrib.staticfiles.apps import StaticFilesConfig as DjangoStaticFilesConfig


class StaticFilesConfig(DjangoStaticFilesConfig):
    # Plugins that speak to foreign services, run foreign code or are dead weight (docs/ckeditor.md).
    ignore_patterns = [
        *DjangoStaticFilesConfig.ignore_patterns,
        *(
            f"*/plugins/{name}/*"
            for name in (
                "adobeair", "ajax", "autoembed", "codesnippet", "codesnippetgeshi", "devtools", "docprops", "embed",
                "embedbase", "embedsemantic", "exportpdf", "flash", "iframe", "iframedialog", "preview", "scayt",
                "smiley", "templates", "uicolor", "wsc", "mathjax", "bbcode", "sourcedialog", "stylesheetparser",
                "forms", "print", "newpage", "about", "emoji", "mentions", "placeholder", "xml", "zoom",
            )
        ),
        "CHANGES.md", "README.md", "LICENSE.md", "samples", "galleriffic", "adapters", "moono",
    ]  # fmt: skip
