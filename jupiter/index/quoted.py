"""Names that stand in strings: what `getattr` may be given that is not written beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_NAME = re.compile(rb"""["']([A-Za-z_]\w*)["']""")
_BEGINNING = re.compile(rb"""["']([A-Za-z]\w*_)["'{%]""")
_END = re.compile(rb"""["'}](_[A-Za-z]\w*)["']""")


@dataclass(slots=True)
class Quoted:
    """Names, and beginnings and ends of names, of which others are put together; in small letters."""

    names: set[str] = field(default_factory=set[str])
    beginnings: set[str] = field(default_factory=set[str])
    """Each ends in `_`."""
    ends: set[str] = field(default_factory=set[str])
    """Each begins with `_`."""

    def may_say(self, name: str) -> bool:
        """Whether a name may be made of what stands there."""
        small = name.lower()
        return small in self.names or any(
            small[: at + 1] in self.beginnings or small[at:] in self.ends for at in _bars(small)
        )

    def add(self, other: Quoted) -> None:
        """Take in what another file has."""
        self.names |= other.names
        self.beginnings |= other.beginnings
        self.ends |= other.ends


def quoted(text: bytes) -> Quoted:
    """What one file has in quotes."""
    return Quoted(
        set(_small(_NAME.findall(text))),
        set(_small(_BEGINNING.findall(text))),
        set(_small(_END.findall(text))),
    )


def _bars(name: str) -> Iterator[int]:
    return (at for at, one in enumerate(name) if one == "_")


def _small(found: Iterable[bytes]) -> Iterator[str]:
    return (one.decode(errors="replace").lower() for one in found)
