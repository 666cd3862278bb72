"""The work of the codemod engine, as it happens in a process of the pool: one command on one text.

A command runs as `python -m libcst.tool codemod --no-format` would run it: a fresh instance and a
fresh context a file, module names relative to the root, arguments with argparse's destinations and
defaults. Nothing here touches the disk but for importing the command.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import importlib.util
import inspect
import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, cast

from libcst import ParserSyntaxError, parse_module
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile
from libcst.helpers import calculate_module_and_package
from libcst.metadata import FullRepoManager
from typing_extensions import TypeIs

from jupiter.errors import CodemodError, RequestError

Provider = Any  # libcst's ProviderT is a class of a metadata provider
Cache = Mapping[Provider, object]


@dataclass(frozen=True, slots=True)
class Command:
    """A `CodemodCommand` as a recipe names it: `package.module.Class`, or `path.py:Class` in `folder`."""

    step: str
    name: str
    arguments: tuple[tuple[str, object], ...]
    folder: str


@dataclass(frozen=True, slots=True)
class Transformed:
    """A command's output for one file; `text` equals the input when there was nothing to do."""

    text: bytes
    warnings: tuple[str, ...]


def transform(
    commands: Sequence[Command], root: str, path: str, text: bytes, caches: Sequence[Cache]
) -> Transformed:
    """Run commands one after the other on the text of `path`, which is relative to `root`.

    Raises:
        CodemodError: a command failed; the message names it and says why.
    """
    warnings: list[str] = []
    for command, metadata in zip(commands, caches, strict=True):
        text = _transform(command, root, path, text, metadata, warnings)
    return Transformed(text=text, warnings=tuple(warnings))


def check_command(command: Command) -> None:
    """Look whether a command can run at all.

    Raises:
        RequestError: it cannot be imported, is no `CodemodCommand`, needs other arguments, or needs what
            another command's first pass leaves in the context.
    """
    if (line := _foreign_scratch(_load(command), _arguments(command))) is not None:
        raise RequestError(
            f"steps.{command.step}: {command.name} reads context.scratch (line {line}), which another command's "
            "first pass fills; it cannot run alone: run the tool that it belongs to as a whole"
        )


def resolve_metadata(command: Command, root: str, paths: Sequence[str]) -> dict[str, Cache]:
    """The full-repository metadata of a command, a cache a path; empty when it needs none.

    Raises:
        RequestError: a provider could not compute it.
    """
    providers = _load(command).get_inherited_dependencies()
    if not any(provider.gen_cache for provider in providers):
        return {}
    files = [str(Path(root, path)) for path in paths]
    manager = FullRepoManager(root, files, providers)
    try:
        manager.resolve_cache()
    except Exception as error:  # a provider runs foreign tools and may raise anything
        raise RequestError(
            f"steps.{command.step}: {command.name} needs metadata of the whole repository, and that failed: {error}"
        ) from error
    return {
        path: {
            provider: by_file[file]
            for provider, by_file in manager.cache.items()
            if file in by_file
        }
        for path, file in zip(paths, files, strict=True)
    }


class _OneFile(FullRepoManager):
    """A manager that knows the cache of one file, resolved before the map."""

    def __init__(self, root: str, file: str, metadata: Cache) -> None:
        super().__init__(root, [file], ())
        self._of_file = metadata

    def get_cache_for_path(self, path: str) -> Mapping[Provider, object]:
        return self._of_file


def _transform(
    command: Command, root: str, path: str, text: bytes, metadata: Cache, warnings: list[str]
) -> bytes:
    printed = io.StringIO()
    context = _context(root, path, metadata)
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            instance = _load(command)(context=context, **_arguments(command))
            return instance.transform_module(parse_module(text)).bytes
    except SkipFile as skipped:
        warnings.append(f"{path}: {command.step}: skipped: {skipped}")
        return text
    except ParserSyntaxError as error:
        raise CodemodError(
            f"{path} does not parse: line {error.raw_line}: {error.message}"
        ) from error
    except RequestError:
        raise
    except Exception as error:  # a command is foreign code and may raise anything
        raise CodemodError(f"{command.name}: {_where(error)}") from error
    finally:
        noise = printed.getvalue().splitlines()
        warnings.extend(f"{path}: {command.step}: {line}" for line in (*context.warnings, *noise))


def _context(root: str, path: str, metadata: Cache) -> CodemodContext:
    file = os.path.join(root, path)  # noqa: PTH118  the tool's own spelling of a filename, byte for byte
    try:
        module = calculate_module_and_package(root, file)
        name, package = module.name, module.package
    except ValueError:
        name, package = None, None
    return CodemodContext(
        filename=file,
        full_module_name=name,
        full_package_name=package,
        metadata_manager=_OneFile(root, file, metadata),
    )


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"[:500]


@cache
def _load(command: Command) -> type[CodemodCommand]:
    with _clean_path():
        found = _from_file(command) if ".py:" in command.name else _from_module(command)
    if not (inspect.isclass(found) and issubclass(found, CodemodCommand)):
        raise RequestError(
            f"steps.{command.step}: {command.name} is no libcst.codemod.CodemodCommand; name a subclass of it"
        )
    return found


def _from_module(command: Command) -> object:
    module, _, name = command.name.rpartition(".")
    errors: list[str] = []
    for candidate in (module, f"libcst.codemod.commands.{module}"):
        try:
            return getattr(importlib.import_module(candidate), name)
        except ModuleNotFoundError as error:
            errors.append(str(error))
        except AttributeError:
            _refuse(command, f"{candidate} has no {name}")
        except Exception as error:  # importing runs foreign code, which may raise anything
            raise RequestError(
                f"steps.{command.step}: importing {candidate} failed: {_where(error)}"
            ) from error
    _refuse(command, f"{errors[0]}; install the package that has it beside Jupiter")


def _from_file(command: Command) -> object:
    file, _, name = command.name.rpartition(":")
    path = Path(command.folder, file).resolve()
    if not path.is_relative_to(Path(command.folder).resolve()) or not path.is_file():
        _refuse(command, f"there is no file {file} beside the recipe")
    # By the whole path: two folders may each have a file of that name.
    module_name = f"_jupiter_codemod_{path.stem}_{sha256(os.fsencode(path)).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        _refuse(command, f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # as an import does: dataclasses and `inspect` look there
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # importing runs foreign code, which may raise anything
        del sys.modules[module_name]
        raise RequestError(
            f"steps.{command.step}: importing {file} failed: {_where(error)}"
        ) from error
    if not hasattr(module, name):
        _refuse(command, f"{file} has no {name}")
    return getattr(module, name)


def _refuse(command: Command, why: str) -> NoReturn:
    raise RequestError(f"steps.{command.step}: codemod {command.name} cannot be loaded: {why}")


@contextlib.contextmanager
def _clean_path() -> Any:  # noqa: ANN401  a generator behind contextmanager; its type is the decorator's business
    """Import without the current folder: the repository that is worked on is not trusted."""
    before = sys.path[:]
    here = {"", str(Path.cwd())}
    home = str(Path(__file__).parents[2])
    sys.path[:] = [entry for entry in before if entry not in here or entry == home]
    try:
        yield
    finally:
        sys.path[:] = before


def _arguments(command: Command) -> dict[str, object]:
    parser = argparse.ArgumentParser(add_help=False)
    _load(command).add_args(parser)
    actions = {a.dest: a for a in parser._actions}  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  argparse lists its actions nowhere else
    given = dict(command.arguments)
    known = ", ".join(sorted(actions)) or "none"
    if unknown := sorted(set(given) - set(actions)):
        raise RequestError(
            f"steps.{command.step}.with: {command.name} takes no {unknown[0]!r}; it takes {known}"
        )
    if missing := sorted(n for n, a in actions.items() if a.required and n not in given):
        raise RequestError(f"steps.{command.step}.with: {command.name} needs {missing[0]!r}")
    for action in actions.values():
        action.required = False
    defaults = cast("dict[str, object]", vars(parser.parse_args([])))
    return defaults | {name: _typed(command, actions[name], value) for name, value in given.items()}


def _typed(command: Command, action: argparse.Action, value: object) -> object:
    convert = cast("Any", action.type)
    if isinstance(value, str) and callable(convert):
        try:
            value = convert(value)
        except (ValueError, TypeError, argparse.ArgumentTypeError) as error:
            raise RequestError(f"steps.{command.step}.with.{action.dest}: {error}") from error
    if action.choices is not None and value not in action.choices:
        choices = ", ".join(map(str, action.choices))
        raise RequestError(
            f"steps.{command.step}.with.{action.dest}: {value!r} is none of {choices}"
        )
    return value


def _foreign_scratch(loaded: type[CodemodCommand], arguments: Mapping[str, object]) -> int | None:
    """The line at which a command's module reads an entry of `scratch` that nobody has filled.

    Filled is what the module itself writes, what the constructor has left there, and what belongs to
    one of LibCST's own visitors.
    """
    module = sys.modules[loaded.__module__]
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError, SyntaxError):
        return None
    filled = loaded(context=CodemodContext(), **arguments).context.scratch
    uses = [node for node in ast.walk(tree) if _is_scratch(node)]
    if any(isinstance(use.ctx, ast.Store) for use in uses if isinstance(use, ast.Subscript)):
        return None
    reads = [use for use in uses if isinstance(use, ast.Subscript)]
    if len(reads) < len(uses):  # setdefault, update
        return None
    return min((r.lineno for r in reads if not _is_filled(r.slice, filled, module)), default=None)


def _is_scratch(node: ast.AST) -> TypeIs[ast.Subscript | ast.Call]:
    match node:
        case ast.Subscript(value=ast.Attribute(attr="scratch")):
            return True
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "update", value=ast.Attribute(attr="scratch"))
        ):
            return True
        case _:
            return False


def _is_filled(key: ast.expr, filled: Mapping[str, object], module: ModuleType) -> bool:
    match key:
        case ast.Constant(value=value):
            return value in filled
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            owner = getattr(module, name, None)
            own = getattr(owner, "__module__", "").startswith("libcst.")
            return own or getattr(owner, attribute, None) in filled
        case _:
            return True
