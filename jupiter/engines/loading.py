"""From a command's name to its class and arguments: foreign code, imported only for a run."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from libcst.codemod import CodemodCommand, CodemodContext

from jupiter.engines.arguments import arguments
from jupiter.engines.codemod_command import Command
from jupiter.engines.scratch import foreign_scratch
from jupiter.errors import RequestError


def check_command(command: Command) -> None:
    """Look whether a command can run at all.

    Raises:
        RequestError: it cannot be imported, is no `CodemodCommand`, needs other arguments, or needs what
            another command's first pass leaves in the context.
    """
    made = _constructed(command)
    if (line := foreign_scratch(type(made), made.context.scratch)) is not None:
        raise RequestError(
            f"steps.{command.step}: {command.name} reads context.scratch (line {line}), "
            "which another command's first pass fills; it cannot run alone: "
            "run the tool that it belongs to as a whole"
        )


def instance(command: Command, context: CodemodContext) -> CodemodCommand:
    """A fresh instance of a command; raises RequestError as `check_command` does, and what it raises."""
    loaded = load(command)
    return loaded(context=context, **arguments(command, loaded))


@cache
def load(command: Command) -> type[CodemodCommand]:
    """The class that a command names; raises RequestError when there is none."""
    found = _from_file(command) if ".py:" in command.name else _from_module(command)
    if not (inspect.isclass(found) and issubclass(found, CodemodCommand)):
        raise RequestError(
            f"steps.{command.step}: {command.name} is no libcst.codemod.CodemodCommand; "
            "name a subclass of it"
        )
    return found


def described(error: BaseException) -> str:
    """A foreign exception in one line: its type, what it says, where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = traceback.format_exception_only(error)[-1].strip()
    return f"{said[:400]}{place}"


def _constructed(command: Command) -> CodemodCommand:
    context = CodemodContext(filename="/module.py", full_module_name="module", full_package_name="")
    try:
        return instance(command, context)
    except RequestError:
        raise
    except (Exception, SystemExit) as error:  # the constructor is foreign and may raise anything
        raise RequestError(
            f"steps.{command.step}: {command.name} cannot be made with these arguments: "
            f"{described(error)}"
        ) from error


def _from_module(command: Command) -> object:
    module, _, name = command.name.rpartition(".")
    # The first is a short name of LibCST's own, as `libcst.tool` takes it.
    found = _imported(command, f"libcst.codemod.commands.{module}")
    if isinstance(found, str):
        found = _imported(command, module)
    if isinstance(found, str):
        _refuse(command, f"{found}; install the package that has it beside Jupiter")
    if not hasattr(found, name):
        _refuse(command, f"{found.__name__} has no {name}")
    return getattr(found, name)


def _imported(command: Command, name: str) -> ModuleType | str:
    """The module of that name, or why there is none."""
    if not all(part.isidentifier() for part in name.split(".")):
        _refuse(command, "it is no dotted name of a class, nor `path.py:Class`")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return str(error)
        _fail(command, name, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 # importing runs foreign code
        _fail(command, name, error)


def _from_file(command: Command) -> object:
    file, _, name = command.name.rpartition(":")
    path = Path(command.folder, file).resolve()
    if not path.is_relative_to(Path(command.folder).resolve()):
        _refuse(command, f"{file} leads out of the recipe's folder {command.folder}")
    if not path.is_file():
        _refuse(command, f"there is no file {file} beside the recipe, in {command.folder}")
    module = _module_of(command, file, path)
    if not hasattr(module, name):
        _refuse(command, f"{file} has no {name}")
    return getattr(module, name)


def _module_of(command: Command, file: str, path: Path) -> ModuleType:
    unique = hashlib.sha256(str(path).encode()).hexdigest()[:8]
    name = f"_jupiter_codemod_{path.stem}_{unique}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101 # a path that ends in .py has a loader
    assert spec.loader is not None  # noqa: S101 # a spec of a file has one
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    writes, sys.dont_write_bytecode = (
        sys.dont_write_bytecode,
        True,
    )  # no __pycache__ beside a recipe
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 # importing runs foreign code
        del sys.modules[name]
        _fail(command, file, error)
    finally:
        sys.dont_write_bytecode = writes
    return module


def _refuse(command: Command, why: str) -> NoReturn:
    raise RequestError(f"steps.{command.step}: codemod {command.name} cannot be loaded: {why}")


def _fail(command: Command, what: str, error: BaseException) -> NoReturn:
    raise RequestError(
        f"steps.{command.step}: importing {what} failed: {described(error)}"
    ) from error
