"""All settings, read from the environment, by subject. `.env.example` explains each variable."""

# ruff: noqa: F403
from yibao_site.settings.accounts import *
from yibao_site.settings.application import *
from yibao_site.settings.editor import *
from yibao_site.settings.environment import *
from yibao_site.settings.operations import *
from yibao_site.settings.safety import *
from yibao_site.settings.site import *
from yibao_site.settings.storage import *
