"""Members of classes outside of the codebase, as far as the standard library has them."""

from __future__ import annotations

import builtins
import importlib
import sys

from jupiter.index.values import External

_OPEN = frozenset(
    {
        *("typing.Generic", "typing.Protocol", "typing.NamedTuple", "typing.TypedDict", "abc.ABC"),
        *(
            "typing_extensions.Protocol",
            "typing_extensions.TypedDict",
            "typing_extensions.NamedTuple",
        ),
        "builtins.object",
    }
)


def may_define(base: External, name: str) -> bool | None:
    """Whether a foreign base has a member of that name; None when nothing is known of the base.

    Only modules of the standard library are looked into: importing them runs nobody else's code.
    """
    if base.dotted in _OPEN:
        return False
    module, _, cls = base.dotted.rpartition(".")
    if module == "builtins":
        found = getattr(builtins, cls, None)
        return None if found is None else hasattr(found, name)
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return None
    try:
        found = getattr(importlib.import_module(module), cls, None)
    except ImportError:
        return None
    return hasattr(found, name) if isinstance(found, type) else None
