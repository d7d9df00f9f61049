"""The one inline script of public pages: sets the reading mode before anything is painted, loads the rest afterwards.

Inline and not a file: one request less, and nothing that could hold up the first paint (docs/design.md). The security
policy allows exactly this text by its hash, so the text must reach the page byte for byte.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

SCRIPT = re.sub(r"\s*\n\s*", "", Path(__file__).with_name("early.js").read_text(encoding="utf-8"))
CSP_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()}'"
