"""Names that stand in strings: what `getattr` may be given that is not written beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = re.compile(rb"""["']([A-Za-z_]\w*)["']""")
_BEGINNING = re.compile(rb"""["']([A-Za-z]\w*_)["'{%]""")
_END = re.compile(rb"""["'}](_[A-Za-z]\w*)["']""")


@dataclass(frozen=True, slots=True)
class Quoted:
    """Names, and beginnings and ends of names, of which others are put together; in small letters."""

    names: frozenset[str]
    beginnings: tuple[str, ...]
    ends: tuple[str, ...]

    def may_say(self, name: str) -> bool:
        """Whether a name may be made of what stands there."""
        small = name.lower()
        return small in self.names or small.startswith(self.beginnings) or small.endswith(self.ends)


def quoted(text: bytes) -> Quoted:
    """What one file has in quotes."""
    return Quoted(
        frozenset(_small(_NAME.findall(text))),
        tuple(sorted(set(_small(_BEGINNING.findall(text))))),
        tuple(sorted(set(_small(_END.findall(text))))),
    )


def _small(found: Iterable[bytes]) -> Iterable[str]:
    return (one.decode(errors="replace").lower() for one in found)
