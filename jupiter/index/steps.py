"""Questions that lead to other questions, and perhaps back to themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

T = TypeVar("T")

_ENDLESS: Final = 1 << 30
_KEPT: Final = 200_000  # answers that ran out of steps, which are dear to find and rarely asked for


class Steps:
    """Finds each answer once, in at most so many steps from question to question.

    The answer to a question is what can be found within the steps that are left. So it depends on
    nothing that was asked before, whatever goes round in circles: an answer that the steps sufficed
    for is kept with the number that it took, and serves whoever has as many left; any other is kept
    for those who have exactly as many.
    """

    def __init__(self, most: int) -> None:
        self._left = most
        self._taken = 0
        """The longest way, in steps, of what was asked so far for the answer that is being found."""
        self._whole: dict[Hashable, tuple[Any, int]] = {}
        self._cut: dict[tuple[Hashable, int], Any] = {}

    def ask(self, key: Hashable, find: Callable[[], T], nothing: T) -> T:
        """The answer to the question `key`, which `find` finds; `nothing` when no step is left."""
        known = self._whole.get(key)
        if known is not None and known[1] <= self._left:
            self._taken = max(self._taken, known[1])
            return known[0]
        if self._left == 0:
            self._taken = _ENDLESS
            return nothing
        if (key, self._left) in self._cut:
            self._taken = _ENDLESS
            return self._cut[key, self._left]
        return self._found(key, find)

    def _found(self, key: Hashable, find: Callable[[], T]) -> T:
        before, self._taken = self._taken, 0
        self._left -= 1
        try:
            answer = find()
        finally:
            self._left += 1
        if self._taken < _ENDLESS:
            self._taken += 1
            self._whole[key] = (answer, self._taken)
        else:
            if len(self._cut) > _KEPT:
                self._cut.clear()
            self._cut[key, self._left] = answer
        self._taken = max(before, self._taken)
        return answer
