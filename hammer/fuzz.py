"""Random requests over every address, method, parameter, header and body, in this process, as everybody who may come."""

from __future__ import annotations

import os
import secrets

from hammer.report import Line

TIMES = 20_000
PART = 1_000  # each part draws anew, and keeps no more in memory than it needs


def run(times: int) -> list[Line]:
    """One line: so many requests to the whole content, each undone after it."""
    from tests.hostile.site_here import whole_site

    with whole_site():
        from tests.hostile.fuzzing import Target, campaign

        target, broke, left = Target(), {}, times
        while left > 0:
            seed = int(os.environ.get("HAMMER_SEED", "0")) or secrets.randbits(32)
            for finding in campaign(target, min(PART, left), seed):
                broke.setdefault(finding[:70], f"{finding} (seed {seed})")
            left -= PART
    return [Line("random requests to every address, as stranger and in every role", target.sent, list(broke.values()))]
