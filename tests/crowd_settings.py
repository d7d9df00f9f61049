"""Settings for a server in a process of its own that tests start: scratch folders are shared with their commands."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403

VIEWS_DIR = Path(os.environ["VIEWS_DIR"])
