"""Drives a language server over stdio: references, definitions, renames, unreachable lines."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote, unquote, urlsplit

from places import Edit, Place, Texts

OUTSIDE = Place("", 0, 0)

_SECONDS = 180.0  # for one answer; a cold first one may check the whole codebase
_NOTHING: Mapping[str, Any] = {}
_QUIET = 2.0  # without a diagnostic: the analysis has ended
_DEAD = re.compile("unreachable|not analyzed|current environment")


class ServerError(Exception):
    """The server answered with an error, not at all, or something that cannot be read."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A server that can be started: its program, arguments and the settings that it asks for."""

    name: str
    version: str
    command: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


def installed(name: str, python: Path) -> Installed:
    """Find `pyright` or `ty` beside the running interpreter, or on the PATH.

    `python` is the interpreter whose packages the server sees. Raises ServerError when the server
    is not installed.
    """
    search = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    program = {"pyright": "pyright-langserver", "ty": "ty"}[name]
    found = shutil.which(program, path=search)
    if found is None:
        raise ServerError(f"there is no {program}; install the extra `bench`")
    arguments = {"pyright": ("--stdio",), "ty": ("server",)}[name]
    settings = {"python": {"pythonPath": str(python)}} if name == "pyright" else {}
    version = subprocess.run(
        [Path(found).with_name(name), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[1]
    return Installed(name, version, (found, *arguments), settings)


def configure(root: Path, python: Path) -> None:
    """Write what both servers need to see a source tree whole, and as one version and platform."""
    sources = [name for name in ("src", "tests") if (root / name).is_dir()]
    pyright = {
        "include": ["."],
        "extraPaths": sources,
        "pythonVersion": "3.11",
        "pythonPlatform": "Linux",
        "typeCheckingMode": "off",
        "useLibraryCodeForTypes": False,
    }
    (root / "pyrightconfig.json").write_text(json.dumps(pyright), "utf-8")
    places = json.dumps([".", *(f"./{name}" for name in sources)])
    (root / "ty.toml").write_text(
        f"[environment]\nroot = {places}\n"
        f'python = {json.dumps(str(python.parent.parent))}\npython-version = "3.11"\n'
        'python-platform = "linux"\n[src]\nrespect-ignore-files = false\n',
        "utf-8",
    )


class Server:
    """One language server on one folder; a context manager that ends it."""

    def __init__(self, program: Installed, root: Path, texts: Texts) -> None:
        self.name = program.name
        self._settings = program.settings
        self._root = root.resolve()
        self._texts = texts
        self._opened: set[str] = set()
        self._answers: dict[int, queue.Queue[Mapping[str, Any]]] = {}
        self._notes: queue.Queue[Mapping[str, Any]] = queue.Queue()
        self._lock = threading.Lock()
        self._count = 0
        self._process = subprocess.Popen(
            program.command,
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        self._initialize()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def references(self, place: Place) -> frozenset[Place]:
        """All places that the server takes for the symbol at a place, the declaration included."""
        found = self._at(place, "textDocument/references", context={"includeDeclaration": True})
        return self._places(found)

    def definitions(self, place: Place) -> frozenset[Place]:
        """Where the server says that the name at a place is defined; empty when it does not know.

        A definition outside the codebase is the place OUTSIDE.
        """
        return self._places(self._at(place, "textDocument/definition"), outside=OUTSIDE)

    def rename(self, place: Place, to: str) -> tuple[Edit, ...]:
        """The edits of a rename; raises ServerError with the server's words when it refuses."""
        answer = self._at(place, "textDocument/rename", newName=to)
        if not answer:
            raise ServerError("no edit")
        by_uri: Mapping[str, Sequence[Mapping[str, Any]]] = answer.get("changes", _NOTHING)
        changes = list(by_uri.items())
        for change in answer.get("documentChanges") or ():
            if "kind" in change:
                raise ServerError(f"asks for a file to be {change['kind']}d")
            changes.append((change["textDocument"]["uri"], change["edits"]))
        return tuple(
            self._edit(path, change)
            for uri, edits in changes
            if (path := self._path(uri)) is not None
            for change in edits
        )

    def open(self, path: str) -> None:
        """Tell the server that a file is being looked at; it wants that before any question."""
        if path in self._opened:
            return
        self._opened.add(path)
        text = self._texts.files[path].decode(errors="replace")
        document = {"uri": self._uri(path), "languageId": "python", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def unreachable(self, paths: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
        """Open files and wait until each was analysed; its unreachable lines (first, last), 1-based."""
        for path in paths:
            self.open(path)
        found: dict[str, list[tuple[int, int]]] = {}
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            try:
                note = self._notes.get(timeout=_QUIET)
            except queue.Empty:
                if len(found) >= len(paths):
                    break
                continue
            path = self._path(note["params"]["uri"])
            if path is not None:  # a later note of a file replaces the earlier
                found[path] = [_lines(one) for one in note["params"]["diagnostics"] if _dead(one)]
        return found

    def _initialize(self) -> None:
        document = {
            "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
            "definition": {"linkSupport": False},
            "references": {},
            "rename": {"prepareSupport": False},
        }
        workspace = {
            "configuration": True,
            "workspaceFolders": True,
            "workspaceEdit": {"documentChanges": True},
        }
        self.request(
            "initialize",
            processId=os.getpid(),
            rootUri=self._root.as_uri(),
            workspaceFolders=[{"uri": self._root.as_uri(), "name": "root"}],
            capabilities={"textDocument": document, "workspace": workspace},
        )
        self._send({"method": "initialized", "params": {}})
        if self._settings:
            settings = {"settings": self._settings}
            self._send({"method": "workspace/didChangeConfiguration", "params": settings})

    def request(self, method: str, **params: Any) -> Any:
        """Send a request and return its result; raises ServerError."""
        self._count += 1
        number = self._count
        answers = self._answers[number] = queue.Queue()
        self._send({"id": number, "method": method, "params": params})
        try:
            answer = answers.get(timeout=_SECONDS)
        except queue.Empty:
            raise ServerError(f"{self.name}: no answer to {method} in {_SECONDS:.0f} s") from None
        finally:
            del self._answers[number]
        if "error" in answer:
            raise ServerError(str(answer["error"].get("message", answer["error"])))
        return answer.get("result")

    def _at(self, place: Place, method: str, **more: Any) -> Any:
        self.open(place.path)
        position = {"line": place.line - 1, "character": self._texts.character(place)}
        document = {"uri": self._uri(place.path)}
        return self.request(method, textDocument=document, position=position, **more)

    def _places(self, found: Any, outside: Place | None = None) -> frozenset[Place]:
        locations: Sequence[Any] = found if found is not None else ()
        places: set[Place] = set()
        for location in locations:
            path = self._path(location["uri"])
            if path is not None:
                start = location["range"]["start"]
                places.add(self._texts.place(path, start["line"], start["character"]))
            elif outside is not None:
                places.add(outside)
        return frozenset(places)

    def _edit(self, path: str, change: Mapping[str, Any]) -> Edit:
        start, end = change["range"]["start"], change["range"]["end"]
        first = self._texts.place(path, start["line"], start["character"])
        last = self._texts.place(path, end["line"], end["character"])
        if first.line != last.line:
            raise ServerError(f"{first}: the edit spans lines")
        old = self._texts.line(path, first.line)[first.column : last.column]
        return Edit(first, old, change["newText"].encode())

    def _uri(self, path: str) -> str:
        return f"{self._root.as_uri()}/{quote(path)}"

    def _path(self, uri: str) -> str | None:
        path = Path(unquote(urlsplit(uri).path))
        if not path.is_relative_to(self._root):
            return None
        inside = path.relative_to(self._root).as_posix()
        return inside if inside in self._texts.files else None

    def _send(self, message: Mapping[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (message := _message(self._process.stdout)) is not None:
            if "method" not in message:
                if (waiting := self._answers.get(message["id"])) is not None:
                    waiting.put(message)
            elif "id" in message:
                self._send({"id": message["id"], "result": self._reply(message)})
            elif message["method"] == "textDocument/publishDiagnostics":
                self._notes.put(message)

    def _reply(self, message: Mapping[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [self._setting(item.get("section", "")) for item in message["params"]["items"]]

    def _setting(self, section: str) -> Any:
        value: Any = self._settings
        for part in section.split(".") if section else ():
            value = value.get(part) or {}
        return value


def _message(stream: IO[bytes]) -> Mapping[str, Any] | None:
    length = 0
    while (line := stream.readline()) not in {b"", b"\r\n"}:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stream.read(length)) if length else None


def _dead(diagnostic: Mapping[str, Any]) -> bool:
    return _DEAD.search(diagnostic["message"]) is not None


def _lines(diagnostic: Mapping[str, Any]) -> tuple[int, int]:
    span = diagnostic["range"]
    return span["start"]["line"] + 1, span["end"]["line"] + 1
