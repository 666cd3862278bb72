"""What the pool's processes are asked to do, for callers that do without LibCST's half second of import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jupiter.engines.codemod_command import Command, Transformed


def check_command(command: Command) -> None:
    """See `jupiter.engines.loading.check_command`."""
    from jupiter.engines import loading  # noqa: PLC0415 # see the module's first line

    loading.check_command(command)


def resolve_metadata(command: Command, root: str, paths: Sequence[str]) -> Mapping[str, bytes]:
    """See `jupiter.engines.transform.resolve_metadata`."""
    from jupiter.engines import transform as here  # noqa: PLC0415 # see the module's first line

    return here.resolve_metadata(command, root, paths)


def transform(
    commands: Sequence[Command], root: str, path: str, text: bytes, caches: Sequence[bytes]
) -> Transformed:
    """See `jupiter.engines.transform.transform`."""
    from jupiter.engines import transform as here  # noqa: PLC0415 # see the module's first line

    return here.transform(commands, root, path, text, caches)
