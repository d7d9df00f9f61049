"""CKEditor 4: docs/ckeditor.md. The toolbar is small, the filter explicit, and no plugin speaks to a foreign service."""

from yibao_site.settings.application import STATIC_URL

CKEDITOR_CONFIGS = {
    "default": {
        "toolbar": [
            ["Bold", "RemoveFormat"],
            ["Format"],
            ["NumberedList", "BulletedList", "Blockquote", "Table"],
            ["Link", "Unlink", "Image"],
            ["Figure"],
            ["Undo", "Redo", "PasteText"],
        ],
        "format_tags": "p;h2;h3;h4",
        "allowedContent": "h2 h3 h4 p br strong em blockquote ul ol li; table thead tbody tr caption; td th[colspan,rowspan,scope]; a[!href]; "
        "img[!src,alt,width,height]",
        "extra_plugins": ["image2", "uploadimage", "figures"],
        "clipboard_handleImages": False,
        "disallowedContent": "script style iframe; *[on*]; *{*}; *(*)",
        "removePlugins": "exportpdf,scayt,wsc,preview,print,iframe,flash,forms,templates,smiley,save,newpage,about,elementspath,"
        "codesnippetgeshi,docprops,embed,embedbase,embedsemantic,image,stylesheetparser",
        # Our own: figures in the text, see static/admin_figures/.
        "external_plugin_resources": [("figures", f"{STATIC_URL}admin_figures/", "plugin.js")],
        "versionCheck": False,
        "disableNativeSpellChecker": False,
        "entities": False,
        "fullPage": False,
        "language": "zh-cn",
        "width": "100%",
        "height": 420,
    }
}
# The package warns that CKEditor 4 is past its life; docs/ckeditor.md lists each compensation and its test.
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001"]
