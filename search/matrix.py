"""The likeness of every page to every other at once, for sites too large to search page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sized

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from search.kin import Kin, told_of
from search.kinship import ALIKE, Entry, Key, entry_of, vector_of
from search.models import TermCount
from search.statistics import HEAD

READ = 1000
BATCH = 2000
THREADS = 2
GUIDES = 30
LEAST = 0.02
# A token that stands in more than this share of all pages says nothing about kinship and costs most.
COMMON = 0.3


class Matrix(Sized):
    """All pages as rows of one sparse matrix of unit vectors; iterating gives each page with its nearest others."""

    def __init__(self, kin: Kin, width: int) -> None:
        self.entries: list[Entry] = []
        self.rows = self._read(kin)
        self.by_key: dict[Key, Entry] = {entry.key: entry for entry in self.entries}
        self._questions, self._articles = (
            self._nearest(kind, n) for kind, n in (("question", width), ("article", GUIDES))
        )
        self._alike = self._pairs()

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[tuple[Entry, list[tuple[Entry, float]]]]:
        for number, entry in enumerate(self.entries):
            yield entry, [*self._of(self._questions, number), *self._of(self._articles, number)]

    def same(self, one: Entry, other: Entry) -> bool:
        """Whether two pages say the same; the same both ways."""
        return frozenset((one.key, other.key)) in self._alike

    def _read(self, kin: Kin) -> csr_matrix:
        heads = dict(TermCount.objects.filter(field=HEAD).values_list("term", "entries"))
        kin.statistics.heads = heads  # all of them at once
        most = COMMON * kin.statistics.total
        columns: dict[str, int] = {}
        values, places, starts = [], [], [0]
        for rows in _chunks(kin):
            told = told_of(rows)
            for row in rows:
                self.entries.append(entry_of(row, *told.get((row.kind, row.object_id), ("", ""))))
                vector = vector_of(row, kin.statistics.idf)
                kept = {token: value for token, value in vector.items() if heads.get(token, 0) <= most}
                places.append(np.array([columns.setdefault(token, len(columns)) for token in kept], dtype=np.int32))
                values.append(np.array(list(kept.values()), dtype=np.float32))
                starts.append(starts[-1] + len(kept))
        shape = (len(self.entries), max(len(columns), 1))
        empty = np.array([], dtype=np.int32)
        data = np.concatenate([*values, empty.astype(np.float32)]), np.concatenate([*places, empty]), np.array(starts)
        return csr_matrix(data, shape=shape)

    def _nearest(self, kind: str, width: int) -> tuple[csr_matrix, np.ndarray]:
        """For every page its nearest pages of a kind, best first, and which entries the columns are."""
        numbers = np.array([n for n, entry in enumerate(self.entries) if entry.key[0] == kind], dtype=np.int64)
        others = self.rows[numbers].T.tocsr()
        parts = [
            sp_matmul_topn(self.rows[start : start + BATCH], others, top_n=width + 1, threshold=LEAST, sort=True, n_threads=THREADS)
            for start in range(0, len(self.entries), BATCH)
        ]  # fmt: skip
        return parts, numbers

    def _of(self, nearest: tuple[list[csr_matrix], np.ndarray], number: int) -> Iterator[tuple[Entry, float]]:
        parts, numbers = nearest
        part, row = parts[number // BATCH], number % BATCH
        for place in range(part.indptr[row], part.indptr[row + 1]):
            target = numbers[part.indices[place]]
            if target != number:
                yield self.entries[target], float(part.data[place])

    def _pairs(self) -> set[frozenset[Key]]:
        """The pairs of one kind and one place whose titles or texts say the same."""
        found = set()
        for number, entry in enumerate(self.entries):
            for target, like in (*self._of(self._questions, number), *self._of(self._articles, number)):
                if target.key[0] != entry.key[0] or target.provinces != entry.provinces:
                    continue
                if like >= ALIKE or entry.same_title == target.same_title:
                    found.add(frozenset((entry.key, target.key)))
        return found


def _chunks(kin: Kin) -> Iterator[list]:
    """The index rows in the order of their documents, some at a time."""
    rows = kin.rows.order_by("kind", "object_id").defer("content", "head_tokens", "body_tokens", "pinyin", "initials")
    chunk = []
    for row in rows.iterator(chunk_size=READ):
        chunk.append(row)
        if len(chunk) == READ:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
