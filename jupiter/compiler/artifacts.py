"""Prefect artifacts of a flow run, sent by threads of their own so that no worker ever waits.

Of what is not sent yet the latest of each key wins; a key is sent at most twice a second, the first
time half a second after it came, so that what is over by then is one request. A server that is slow or
gone costs nothing but the artifacts.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from uuid import UUID

from httpx import HTTPStatusError  # Prefect's client raises it
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

from jupiter.compiler.server_errors import may_pass

_log = logging.getLogger(__name__)

_INTERVAL = 0.5  # seconds between two sendings of one key
_KEYS = 5_000  # keys that may wait; what no longer fits is dropped, the oldest first
_BACKOFF = 1.0  # seconds that a server that failed is left alone
_THREADS = 4  # that send; in most of its time each waits for the server

Connect = Callable[[], AbstractContextManager[SyncPrefectClient]]


@dataclass(frozen=True, slots=True)
class _Content:
    """The latest of one artifact."""

    kind: str
    data: Callable[[], Any]
    description: str | None
    task_run_id: UUID | None


class ArtifactSender:
    """Creates the artifacts of one flow run by key, and updates them in place.

    A key is written as Prefect wants it: lower-case letters, digits and dashes; other characters
    become dashes. Nothing here raises because of the server; `close` sends what is left.
    """

    def __init__(
        self,
        flow_run_id: UUID | str,
        *,
        connect: Connect | None = None,
    ) -> None:
        self._flow_run_id = UUID(str(flow_run_id))
        self._connect = connect or partial(get_client, sync_client=True)
        self._changed = threading.Condition()
        self._waiting: dict[str, _Content] = {}
        self._not_before: dict[str, float] = {}
        self._away_until = 0.0
        """When a server that failed is asked again."""
        self._deadline: float | None = None
        self._ids: dict[str, UUID] = {}
        self._sending: set[str] = set()
        """Keys that a thread has in hand: no other takes them, so each is created once."""
        self._threads = [
            threading.Thread(target=self._work, name=f"artifacts-{number}", daemon=True)
            for number in range(_THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def table(
        self,
        key: str,
        rows: Sequence[Mapping[str, object]],
        description: str | None = None,
        *,
        task_run_id: UUID | str | None = None,
    ) -> None:
        """Show `rows` as a table; every row has the same columns."""
        copied = [dict(row) for row in rows]
        self._put(key, "table", lambda: json.dumps(copied, default=str), description, task_run_id)

    def markdown(
        self,
        key: str,
        text: str | Callable[[], str],
        description: str | None = None,
        *,
        task_run_id: UUID | str | None = None,
    ) -> None:
        """Show `text` as Markdown; one that is called is made only if it is sent, on another thread."""
        made = (lambda: text) if isinstance(text, str) else text
        self._put(key, "markdown", made, description, task_run_id)

    def progress(
        self,
        key: str,
        percent: float,
        description: str | None = None,
        *,
        task_run_id: UUID | str | None = None,
    ) -> None:
        """Show a bar; `percent` is cut to 0..100."""
        bounded = max(0.0, min(100.0, percent))
        self._put(key, "progress", lambda: bounded, description, task_run_id)

    def close(self, timeout: float = 5.0) -> None:
        """Send what is left, for at most `timeout` seconds; what comes later is not sent."""
        with self._changed:
            if self._deadline is None:
                self._deadline = time.monotonic() + timeout
            deadline = self._deadline
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _put(
        self,
        key: str,
        kind: str,
        data: Callable[[], Any],
        description: str | None,
        task_run_id: UUID | str | None,
    ) -> None:
        task_run = None if task_run_id is None else UUID(str(task_run_id))
        with self._changed:
            if self._deadline is not None:
                return
            key = _valid(key)
            is_new = key not in self._waiting
            self._not_before.setdefault(key, time.monotonic() + _INTERVAL)
            self._waiting[key] = _Content(kind, data, description, task_run)
            while len(self._waiting) > _KEYS:
                dropped = next(iter(self._waiting))
                del self._waiting[dropped]
                _log.debug("artifact %s dropped: too many are waiting", dropped)
            if is_new:
                self._changed.notify()

    def _work(self) -> None:
        while (entry := self._next()) is not None:
            self._send_with_new_client(*entry)

    def _send_with_new_client(self, key: str, content: _Content) -> None:
        """Send this and what follows over one connection, until the server fails."""
        try:
            with self._connect() as client:
                self._send(client, key, content)
                while (entry := self._next(done=key)) is not None:
                    key, content = entry
                    self._send(client, key, content)
        except Exception as error:  # noqa: BLE001 # whatever becomes of an artifact, the run goes on
            _log.debug("artifact %s was not sent", key, exc_info=True)
            self._give_back(key, content if may_pass(error) else None)

    def _next(self, done: str | None = None) -> tuple[str, _Content] | None:
        """Let go of a key, and wait for one whose time has come; None when there is nothing to do."""
        with self._changed:
            if done is not None:
                self._sending.discard(done)
            while True:
                now = time.monotonic()
                if self._deadline is not None and (not self._waiting or now > self._deadline):
                    self._changed.notify()
                    return None
                free = [key for key in self._waiting if key not in self._sending]
                if (key := next((key for key in free if self._due(key) <= now), None)) is not None:
                    self._not_before[key] = now + _INTERVAL
                    self._sending.add(key)
                    self._changed.notify()  # another thread looks for another key
                    return key, self._waiting.pop(key)
                soonest = min(map(self._due, free), default=None)
                until = min((t for t in (soonest, self._deadline) if t is not None), default=None)
                self._changed.wait(None if until is None else max(0.0, until - now))

    def _due(self, key: str) -> float:
        spaced = 0.0 if self._deadline is not None else self._not_before.get(key, 0.0)
        return max(spaced, self._away_until)

    def _send(self, client: SyncPrefectClient, key: str, content: _Content) -> None:
        # The client's own methods also emit an event with all of the data, which is then stored twice.
        data = content.data()
        if (artifact_id := self._ids.get(key)) is not None:
            update = ArtifactUpdate(data=data, description=content.description)
            body = update.model_dump(mode="json", exclude_unset=True)
            try:
                client.request(
                    "PATCH", "/artifacts/{id}", path_params={"id": artifact_id}, json=body
                )
            except HTTPStatusError as error:
                if error.response.status_code != 404:
                    raise
                del self._ids[key]  # removed there, or the server has begun anew
            else:
                return
        create = ArtifactCreate(
            key=key,
            type=content.kind,
            description=content.description,
            data=data,
            flow_run_id=self._flow_run_id,
            task_run_id=content.task_run_id,
        )
        body = create.model_dump(mode="json", exclude_unset=True)
        created = client.request("POST", "/artifacts/", json=body)
        self._ids[key] = UUID(created.json()["id"])

    def _give_back(self, key: str, content: _Content | None) -> None:
        """Try again later, unless something newer waits; in the end as long as there is time."""
        with self._changed:
            self._sending.discard(key)
            if content is not None:
                self._waiting.setdefault(key, content)
                self._away_until = time.monotonic() + _BACKOFF
            self._changed.notify()


def _valid(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-") or "artifact"
