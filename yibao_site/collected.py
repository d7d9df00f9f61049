"""Where `collectstatic` puts static files: named by their content, compressed, each whole or not there."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

from publishing.whole_files import WholeFiles


class CollectedFiles(WholeFiles, CompressedManifestStaticFilesStorage):
    waits_for_the_disk = False
