"""The work of the codemod engine, as it happens in a process of the pool: commands on one text.

A command runs as `python -m libcst.tool codemod --no-format` would run it: a fresh instance and a
fresh context a file, module names relative to the root. Nothing here writes to the disk.
"""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from libcst import Module, ParserSyntaxError, parse_module
from libcst.codemod import CodemodContext, SkipFile
from libcst.helpers import calculate_module_and_package
from libcst.metadata import FullRepoManager

from jupiter.engines.codemod_command import Command, Transformed
from jupiter.engines.loading import described, instance, load
from jupiter.errors import CodemodError, RequestError

Provider = Any  # libcst's ProviderT is a class of a metadata provider

WARNINGS_KEPT = 100


def warm() -> None:
    """Have LibCST do once what it does at its first parse."""
    parse_module("")


def transform(
    commands: Sequence[Command], root: str, path: str, text: bytes, caches: Sequence[bytes]
) -> Transformed:
    """Run commands one after the other on the text of `path`, which is relative to `root`.

    `caches` are those of `resolve_metadata` for this path, empty for a command that needs none.

    Raises:
        CodemodError: a command failed; the message names it and says why.
    """
    begun = time.process_time()
    warnings: list[str] = []
    made_by = ""
    for command, cache in zip(commands, caches, strict=True):
        changed = _Turn(command, root, path, cache, warnings).run(text, made_by)
        made_by = command.name if changed != text else made_by
        text = changed
    cpu = time.process_time() - begun
    return Transformed(text=text, warnings=tuple(warnings[:WARNINGS_KEPT]), cpu=cpu)


def resolve_metadata(command: Command, root: str, paths: Sequence[str]) -> dict[str, bytes]:
    """The full-repository metadata of a command, pickled, by path; empty when it needs none.

    It is pickled because only a process that has loaded the command knows its providers.

    Raises:
        RequestError: a provider could not compute it.
    """
    providers = load(command).get_inherited_dependencies()
    if not any(provider.gen_cache for provider in providers):
        return {}
    files = [_file(root, path) for path in paths]
    manager = FullRepoManager(root, files, providers)
    try:
        manager.resolve_cache()
    except Exception as error:  # a provider runs foreign tools and may raise anything
        raise RequestError(
            f"steps.{command.step}: {command.name} needs metadata of the whole repository, "
            f"and that failed: {described(error)}"
        ) from error
    return {
        path: pickle.dumps(
            {provider: found[file] for provider, found in manager.cache.items() if file in found}
        )
        for path, file in zip(paths, files, strict=True)
    }


class _OneFile(FullRepoManager):
    """A manager that knows the cache of one file, resolved before the map."""

    def __init__(self, root: str, file: str, metadata: Mapping[Provider, object]) -> None:
        super().__init__(root, [file], ())
        self._of_file = metadata

    def get_cache_for_path(self, path: str) -> Mapping[Provider, object]:
        if path not in self._paths:
            raise ValueError(f"a codemod is given the metadata of its own file only, not of {path}")
        return self._of_file


class _Turn:
    """One command's turn on one file."""

    def __init__(
        self, command: Command, root: str, path: str, cache: bytes, warnings: list[str]
    ) -> None:
        self.command = command
        self.path = path
        self.warnings = warnings
        self._root = root
        self._cache = cache

    def run(self, text: bytes, made_by: str) -> bytes:
        """The new text; `made_by` names the command that the old one is from, if any."""
        module = self._parsed(text, made_by)
        printed = io.StringIO()
        said: list[str] = []
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                made = instance(self.command, self._context(said))
                return made.transform_module(module).bytes
        except SkipFile as skipped:
            said.append(f"skipped: {skipped}")
            return text
        except (Exception, SystemExit) as error:  # a command is foreign code: it may raise anything
            raise CodemodError(f"{self.command.name}: {described(error)}") from error
        finally:
            said.extend(printed.getvalue().splitlines())
            self.warnings.extend(f"{self.path}: {self.command.step}: {line}" for line in said)

    def _parsed(self, text: bytes, made_by: str) -> Module:
        try:
            return parse_module(text)
        except ParserSyntaxError as error:
            why = f"line {error.raw_line}: {error.message}"
        except (SyntaxError, ValueError, LookupError, RecursionError) as error:  # an encoding
            why = str(error)
        what = f"what {made_by} made of it" if made_by else "the file"
        raise CodemodError(f"{self.command.name}: {what} does not parse: {why}")

    def _context(self, said: list[str]) -> CodemodContext:
        file = _file(self._root, self.path)
        try:
            module = calculate_module_and_package(self._root, file)
            name, package = module.name, module.package
        except ValueError:
            name, package = None, None
        return CodemodContext(
            warnings=said,
            filename=file,
            full_module_name=name,
            full_package_name=package,
            metadata_manager=_OneFile(self._root, file, self._metadata()),
        )

    def _metadata(self) -> Mapping[Provider, object]:
        if not self._cache:
            return {}
        load(self.command)  # its providers may be classes of its own
        return cast("Mapping[Provider, object]", pickle.loads(self._cache))  # noqa: S301 # our own bytes


def _file(root: str, path: str) -> str:
    """The file as the tool would name it."""
    return os.path.join(root, path)  # noqa: PTH118 # a Path would drop what the tool keeps
