"""What no longer fits in a tree that a replay has come to: stale calls, and what the contract check finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from replay_calls import Needing, misfits, needing, stale
from replay_job import Job

from jupiter.fold.file import File
from jupiter.index.contracts import findings
from jupiter.index.index import Index, build_index
from jupiter.model.finding import Finding

Tree = Mapping[str, File]


@dataclass(frozen=True)
class Fit:
    """Judges the trees of one job; what does not fit in AFTER itself is left out."""

    job: Job

    @cached_property
    def needing(self) -> Mapping[str, Sequence[Needing]]:
        """The calls that need a signature that is new in AFTER, by path."""
        return needing(self.job.before, self.job.wanted)

    def stale(self, tree: Tree) -> list[str]:
        """The calls of a tree that are written by a signature that is no more."""
        return stale(tree, self.job.wanted, self.needing)

    def misfits(self, tree: Tree) -> list[str]:
        """The calls of a tree that its definitions do not take."""
        return list((Counter(misfits(tree)) - self._misfits).elements())

    def findings(self, tree: Tree) -> list[Finding]:
        """What the contract check finds in a tree."""
        return self.new(findings(self._before, _index(tree)))

    def new(self, found: Iterable[Finding]) -> list[Finding]:
        """Those findings that AFTER does not have as well."""
        return [one for one in found if _key(one) not in self._known]

    @cached_property
    def _misfits(self) -> Counter[str]:
        return Counter(misfits(self.job.wanted))

    @cached_property
    def _before(self) -> Index:
        return _index(self.job.before)

    @cached_property
    def _known(self) -> frozenset[tuple[str, str]]:
        return frozenset(map(_key, findings(self._before, _index(self.job.wanted))))


def _index(tree: Tree) -> Index:
    return build_index({path: file.text for path, file in tree.items()})


def _key(one: Finding) -> tuple[str, str]:
    return one.symbol, one.message
