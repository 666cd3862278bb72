"""The one door to child processes: little environment, a process group, bounded output."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import IO

from jupiter.errors import Interrupted, RequestError, SurroundingsError

OUTPUT_LIMIT = 8 * 1024 * 1024
"""Bytes kept of each stream unless the caller says otherwise."""

_NOTHING: Mapping[str, str] = MappingProxyType({})

_ALLOWED = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TERM"),
    *("PIP_*", "UV_*", "XDG_*", "*_PROXY"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
_WITHHELD = (
    *("*_KEY", "*_KEY_ID", "*_TOKEN", "*_SECRET*", "*_PASSWORD", "*_PASSWD", "*_PASSPHRASE"),
    *("*_CREDENTIALS", "TOKEN", "SECRET", "PASSWORD", "SSH_AUTH_SOCK", "SSH_AGENT_PID"),
    *("PREFECT_*", "GIT_*", "PYTHON*"),
)

_TICK = 0.05  # seconds between two looks at the stop event
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_LINGER = 0.5  # seconds that output may still come after the program itself has ended
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Completed:
    """A child that has ended; `exit_code` is minus the signal's number when a signal ended it."""

    arguments: tuple[str, ...]
    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False
    dropped: int = 0
    """Bytes that stand no longer at the heads of `stdout` and `stderr`."""

    @property
    def ok(self) -> bool:
        """Whether the program ended by itself, in time, and said 0."""
        return self.exit_code == 0 and not self.timed_out


def withheld(name: str) -> bool:
    """Whether no child is ever given the caller's variable of this name."""
    return any(fnmatchcase(name.upper(), pattern) for pattern in _WITHHELD)


def child_environment(
    extra: Mapping[str, str] = _NOTHING, passed: Iterable[str] = ()
) -> dict[str, str]:
    """Return what a child may know: the caller's allowed and `passed` variables, and `extra`.

    What looks like a secret, and what would steer git, Python or Prefect, is withheld from the
    caller's variables even when it is `passed`; `extra` is set as it is.
    """
    names = set(passed)
    environment = {
        name: value
        for name, value in os.environ.items()
        if (name in names or any(fnmatchcase(name.upper(), pattern) for pattern in _ALLOWED))
        and not withheld(name)
    }
    # A relative entry would be looked up in the child's folder: a repository could bring its `git`.
    entries = environment.get("PATH", os.defpath).split(os.pathsep)
    environment["PATH"] = os.pathsep.join(entry for entry in entries if entry.startswith("/"))
    return environment | dict(extra)


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    input: bytes | None = None,  # noqa: A002 # named as in subprocess.run
    timeout: float | None = None,
    output_limit: int | None = OUTPUT_LIMIT,
    stop: threading.Event | None = None,
    merge: bool = False,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run a program, without a shell, to its end, and end whatever it has left running.

    `env` is the whole environment (`child_environment()` when None). Of each stream the last
    `output_limit` bytes are kept (all when None); `merge` puts stderr into stdout. `on_line` gets
    each line of both streams as it comes, without its end. After `timeout` seconds the process
    group is ended and `timed_out` is set. Raises SurroundingsError when the program cannot be
    started, Interrupted when `stop` is set, and what `on_line` raises; the group is ended then too.
    """
    started = time.monotonic()
    _stop_if_asked(stop, arguments)
    process = _start(arguments, cwd=cwd, env=env, feed=input is not None, merge=merge)
    streams = _Streams(process, input or b"", output_limit, on_line)
    deadline = None if timeout is None else started + timeout
    try:
        timed_out = not _wait(streams, deadline, stop, arguments)
        streams.end_group()
        streams.finish()
    except BaseException:
        streams.mute()
        streams.end_group()
        raise
    finally:
        streams.kill_group()
        streams.close()
    return Completed(
        arguments=tuple(arguments),
        exit_code=process.returncode,
        stdout=streams.stdout.bytes(),
        stderr=streams.stderr.bytes(),
        seconds=time.monotonic() - started,
        timed_out=timed_out,
        dropped=streams.stdout.dropped + streams.stderr.dropped,
    )


def _start(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None,
    feed: bool,
    merge: bool,
) -> subprocess.Popen[bytes]:
    """Start the program as the leader of a process group of its own."""
    if not cwd.is_dir():
        raise SurroundingsError(f"cannot run {arguments[0]}: there is no folder {cwd}")
    try:
        return subprocess.Popen(
            list(arguments),
            cwd=cwd,
            env=child_environment() if env is None else dict(env),
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merge else subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise SurroundingsError(
            f"the program {arguments[0]!r} was not found; install it, or put its folder on PATH"
        ) from error
    except OSError as error:
        raise SurroundingsError(
            f"the program {arguments[0]!r} cannot be started: {error.strerror}"
        ) from error
    except ValueError as error:  # a NUL character cannot be passed to any program
        raise RequestError(f"cannot run {arguments[0]!r} as asked: {error}") from error


def _wait(
    streams: _Streams,
    deadline: float | None,
    stop: threading.Event | None,
    arguments: Sequence[str],
) -> bool:
    """Serve the streams until the program has ended; False when the deadline came first."""
    while not streams.ended():
        _stop_if_asked(stop, arguments)
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            return False
        streams.serve(left if stop is None else min(_TICK, _TICK if left is None else left))
    streams.drain(_LINGER)
    return True


def _stop_if_asked(stop: threading.Event | None, arguments: Sequence[str]) -> None:
    if stop is not None and stop.is_set():
        raise Interrupted(f"stopped before {arguments[0]} was done")


@dataclass(slots=True)
class _Tail:
    """The last `limit` bytes of a stream, and its lines as they come."""

    limit: int | None
    on_line: Callable[[str], None] | None
    kept: bytearray = field(default_factory=bytearray)
    line: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, data: bytes) -> None:
        self.kept += data
        if self.limit is not None and len(self.kept) > 2 * self.limit + _CHUNK:
            self._cut(self.limit)
        if self.on_line is not None:
            *whole, rest = (bytes(self.line) + data).split(b"\n")
            self.line[:] = rest
            for line in whole:
                self.on_line(line.removesuffix(b"\r").decode(errors="replace"))
            if len(self.line) > _CHUNK:  # a line without end must not fill the memory
                self.finish()

    def finish(self) -> None:
        if self.on_line is not None and self.line:
            line = self.line.decode(errors="replace")
            self.line.clear()
            self.on_line(line)

    def bytes(self) -> bytes:
        if self.limit is not None:
            self._cut(self.limit)
        return bytes(self.kept)

    def _cut(self, limit: int) -> None:
        surplus = max(0, len(self.kept) - limit)
        del self.kept[:surplus]
        self.dropped += surplus


class _Streams:
    """A running program's pipes, served by the calling thread alone, and its process group."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        feed: bytes,
        limit: int | None,
        on_line: Callable[[str], None] | None,
    ) -> None:
        self.stdout = _Tail(limit, on_line)
        self.stderr = _Tail(limit, on_line)
        self._process = process
        self._feed = memoryview(feed)
        self._open: set[int] = set()
        self._selector = selectors.PollSelector()
        self._exit = _exit_descriptor(process)
        if self._exit is not None:
            self._selector.register(self._exit, selectors.EVENT_READ, None)
        self._register(process.stdout, selectors.EVENT_READ, self.stdout)
        self._register(process.stderr, selectors.EVENT_READ, self.stderr)
        self._register(process.stdin, selectors.EVENT_WRITE, None)
        self._over = False

    def ended(self) -> bool:
        """Whether the program is over; it stays unreaped, so that its number is not given away."""
        if self._exit is None:
            return self._process.poll() is not None
        return self._over

    def serve(self, timeout: float | None) -> None:
        """Move bytes for at most `timeout` seconds, or until something has happened."""
        if self._exit is None:
            timeout = _TICK if timeout is None else min(timeout, _TICK)
        for key, _ in self._selector.select(timeout):
            if key.fd == self._exit:
                self._over = True
                self._selector.unregister(key.fd)
            elif isinstance(key.data, _Tail):
                self._read(key.fd, key.data)
            else:
                self._write(key.fd)

    def drain(self, seconds: float) -> None:
        """Read on until all pipes are closed at their other end, or the time is over."""
        deadline = time.monotonic() + seconds
        while self._open and (left := deadline - time.monotonic()) > 0:
            self.serve(left)

    def finish(self) -> None:
        """Hand out the last lines, those without an end."""
        self.stdout.finish()
        self.stderr.finish()

    def mute(self) -> None:
        """Hand out no more lines: the caller has gone."""
        self.stdout.on_line = self.stderr.on_line = None

    def end_group(self) -> None:
        """Ask what still runs to end, and hear it out for a while."""
        if self.ended() and not self._open:
            return
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE
        while (self._open or not self.ended()) and (left := deadline - time.monotonic()) > 0:
            self.serve(left)

    def kill_group(self) -> None:
        """End what still runs, also what has closed its pipes, and reap the program."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Close the pipes; what has left the group and still holds one is not waited for."""
        self._selector.close()
        if self._exit is not None:
            os.close(self._exit)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies only
            os.killpg(self._process.pid, number)

    def _register(self, pipe: IO[bytes] | None, event: int, tail: _Tail | None) -> None:
        if pipe is None:
            return
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, event, tail)
        if tail is not None:
            self._open.add(pipe.fileno())

    def _read(self, descriptor: int, tail: _Tail) -> None:
        data = os.read(descriptor, _CHUNK)
        if data:
            tail.add(data)
        else:
            self._selector.unregister(descriptor)
            self._open.discard(descriptor)

    def _write(self, descriptor: int) -> None:
        try:
            written = os.write(descriptor, self._feed[:_CHUNK])
        except BrokenPipeError:  # the program does not want to read more: its right
            written = len(self._feed)
        self._feed = self._feed[written:]
        if not self._feed and self._process.stdin is not None:
            self._selector.unregister(descriptor)
            self._process.stdin.close()


def _exit_descriptor(process: subprocess.Popen[bytes]) -> int | None:
    """Return a descriptor that is readable when the program has ended, if the system has such."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(process.pid)
    except OSError:  # an old kernel, or a sandbox that does not know the call: we look by the clock
        return None
