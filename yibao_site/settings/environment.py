"""Where the settings come from: the environment, and `.env` beside the code."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = Env(expand_vars=False)
env.read_env(BASE_DIR / ".env", recurse=False, override=False)


def required(name: str, why: str) -> str:
    """The value of a variable that has no safe default; a clear sentence where it is missing."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"Environment variable {name} is missing: {why}. See .env.example.")
    return value


def parsed(name: str, read: Any, default: Any) -> Any:
    """A typed variable; a clear sentence where the text cannot be read."""
    try:
        return read(name, default)
    except (EnvError, ValueError) as error:
        # What is wrong with an address is not repeated: it may hold a password.
        reason = "it is no such address" if name.endswith("_URL") else error
        raise ImproperlyConfigured(f"Environment variable {name} cannot be read: {reason}. See .env.example.") from None


# Everything that the site writes, except the database where that is elsewhere.
VAR_DIR = Path(env.str("VAR_DIR", "") or BASE_DIR / "var")

DEBUG = parsed("DEBUG", env.bool, False)
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
