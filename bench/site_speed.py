"""How fast the whole site is, against references measured in the same run on the same machine.

    python bench/site_speed.py                     # 300 and 10,000 questions on SQLite, some minutes
    python bench/site_speed.py --full --write      # longer rounds, also 100,000 on SQLite; writes docs/performance.md
      --corpus FILE      a SQLite file with 100,000 questions (bench/make_corpus.py), instead of making one
      --postgres URL     a PostgreSQL server on which a database of 300 questions may be made
      --large URL        a large database there, such as one of 1,000,000 questions (bench/make_corpus.py makes it)
      --only PART        speed, growth or import; several times for several
      --quick            one round of one second: only to see that everything works

Everything happens on loopback ports (--port and the nine after it) and in a scratch folder. Speed needs wrk and nginx.
"""

# ruff: noqa: E402 - our own code is found only after its folder is named
from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.site.databases import corpus, importing, on_postgresql, questions_in, static_files
from bench.site.growing import growth
from bench.site.load import require
from bench.site.picture import draw
from bench.site.report import Section
from bench.site.speed import Effort, delay, rates, start_up
from deploy.local import stack

PARTS = ("speed", "growth", "import")
PAGE = """# Performance

Made by `python bench/site_speed.py --full --write`; do not edit. What was profiled and tried is in
[performance-profile.md](performance-profile.md). Compare ratios: rates are of this machine in that minute.

![The results as bars](images/performance.svg)

{about}

{sections}"""


def machine() -> str:
    """What the figures were measured on, and how busy it was."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ""
    )  # fmt: skip
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{dt.date.today()}, {os.cpu_count()} cores ({model}), Python {platform.python_version()}; load before: {load}."
    )


def speed(folder: Path, port: int, effort: Effort, seed: Path) -> list[Section]:
    """Rates, errors, memory, start and the way of a publication, with the site's real content on SQLite."""
    with stack(folder / "stack", port, "sqlite", limits=False, static=static_files(folder), sqlite_copy=seed) as site:
        page, pressure = rates(site, folder, range(port + 5, port + 9), effort)
        pressure.add(*start_up(site, folder, port + 9))
        return [page, pressure, delay(site, 3 if effort.rounds == 1 else 10)]


def main() -> None:
    chosen = arguments()
    if "speed" in chosen.only:
        require()
    about, began, sections = machine(), time.monotonic(), []
    effort = Effort(1, 1) if chosen.quick else Effort(5, 5) if chosen.full else Effort(3, 3)
    print(about)
    with tempfile.TemporaryDirectory(prefix="bench-site-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        seed = corpus(folder, 300)
        if "speed" in chosen.only:
            sections += speed(folder, chosen.port, effort, seed)
        if "growth" in chosen.only:
            static_files(folder)
            rounds = 2 if chosen.quick else 9 if chosen.full else 5
            large = {10_000: corpus(folder, 1_000 if chosen.quick else 10_000)}
            if chosen.full:
                large[100_000] = chosen.corpus or corpus(folder, 100_000)
            sections.append(growth("SQLite", seed, large, rounds, folder))
            if chosen.postgres and chosen.large:
                with on_postgresql(chosen.postgres) as small:
                    sections.append(
                        growth("PostgreSQL", small, {questions_in(chosen.large): chosen.large}, rounds, folder)
                    )
        if "import" in chosen.only:
            sections.append(importing(folder, 500 if chosen.quick else 5_000))
    print(f"{time.monotonic() - began:.0f} s")
    if chosen.write:
        write(ROOT / "docs", about, sections)


def write(docs: Path, about: str, sections: list[Section]) -> None:
    """performance.md and its picture."""
    text = PAGE.format(about=about, sections="\n".join(section.markdown() for section in sections))
    (docs / "performance.md").write_text(text, encoding="utf-8")
    (docs / "images" / "performance.svg").write_text(draw(sections), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--postgres", default=os.environ.get("BENCH_DATABASE_URL", ""))
    parser.add_argument("--large", default="")
    parser.add_argument("--port", type=int, default=8150)
    parser.add_argument("--only", action="append", choices=PARTS)
    chosen = parser.parse_args()
    chosen.only = chosen.only or list(PARTS)
    return chosen


if __name__ == "__main__":
    main()
