"""What two language servers say of seeded random symbols of a package; kept in the cache folder."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from material import repository
from material import texts as texts_of
from nodes import Candidate, Node, candidates, families, is_shadowed, nodes, parsed
from places import Place, Texts
from servers import Server, ServerError, configure, installed

from jupiter.system.state import cache_folder

Verdict = Literal["here", "family", "elsewhere", "unknown"]
"""What a server answers when it is asked where the name at a place is defined."""

SERVERS = ("pyright", "ty")
_FORMAT = "2"  # of the cached answers: raised when what is asked changes
_ROUNDS = 4  # a first answer may be incomplete: asked again until nothing changes
_ASKED = 400  # places of a name that no list has, of which the definition is asked for
_NAMES_ONLY = frozenset({"name", "attribute", "import", "other"})


@dataclass(frozen=True, slots=True)
class SymbolTruth:
    """One symbol: what each server finds, and what it says of the places that it does not list."""

    candidate: Candidate
    found: Mapping[str, frozenset[Place]]
    family: Mapping[str, frozenset[Place]]
    """The places of its overrides and of what it overrides, by server; nothing where it is alone."""
    verdicts: Mapping[Place, Mapping[str, Verdict]]

    @property
    def permitted(self) -> frozenset[Place]:
        """What at least one server takes for this symbol."""
        return frozenset[Place]().union(*(self.by(server) for server in self.found))

    @property
    def required(self) -> frozenset[Place]:
        """What both servers take for this symbol."""
        first, *others = (self.by(server) for server in self.found)
        return first.intersection(*others)

    def by(self, server: str) -> frozenset[Place]:
        """What a server lists, or says when it is asked about the place itself."""
        here = (p for p, said in self.verdicts.items() if said.get(server) == "here")
        return self.found[server] | frozenset(here)


@dataclass(frozen=True, slots=True)
class Truth:
    """The symbols of a package, its files, and the lines that the servers do not look at."""

    package: str
    versions: Mapping[str, str]
    symbols: tuple[SymbolTruth, ...]
    dead: Mapping[str, Sequence[tuple[int, int]]]
    texts: Texts
    nodes: Mapping[Place, Node]

    def apart(self, place: Place, name: str) -> str:
        """Why a place is not judged: empty when it is a name or attribute node of this name."""
        node = self.nodes.get(place)
        if node is None:
            return "text"
        if node.role not in _NAMES_ONLY:
            return node.role
        if node.name != name:
            return "alias"
        if is_shadowed(self.texts, place.path):
            return "stub"
        lines = self.dead.get(place.path, ())
        return "unreachable" if any(a <= place.line <= b for a, b in lines) else ""


def truth_of(package: str, *, count: int, seed: int) -> Truth:
    """The truth of `NAME==VERSION`, from the cache where the same question was answered.

    Raises ServerError when a server is missing, or its answers do not come to rest.
    """
    name, _, version = package.partition("==")
    texts = Texts(texts_of(repository(name, version), endings=("",)))
    versions = {server: installed(server, Path(sys.executable)).version for server in SERVERS}
    key = json.dumps([_FORMAT, package, count, seed, versions])
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    cached = cache_folder() / "benchmarks" / "truth" / f"{package}-{count}-{seed}-{digest}.json"
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        document = _ask(texts, count=count, seed=seed)
        cached.write_text(json.dumps(document), "utf-8")
    return _read(json.loads(cached.read_text("utf-8")), package, versions, texts)


@contextlib.contextmanager
def started(texts: Texts, names: Sequence[str] = SERVERS) -> Generator[dict[str, Server]]:
    """Start servers on a scratch copy of the files, with an environment that has no packages."""
    with tempfile.TemporaryDirectory(prefix="jupiter-servers-") as scratch:
        folder = Path(scratch).resolve()
        subprocess.run(
            [sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True
        )
        python = folder / "env" / "bin" / "python"
        root = folder / "tree"
        for path, data in texts.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        configure(root, python)
        with contextlib.ExitStack() as stack:
            yield {
                name: stack.enter_context(Server(installed(name, python), root, texts))
                for name in names
            }


def _ask(texts: Texts, *, count: int, seed: int) -> dict[str, Any]:
    trees = parsed(texts)
    with started(texts) as servers:
        dead: dict[str, list[tuple[int, int]]] = {}
        for server in servers.values():
            for path, lines in server.unreachable(sorted(trees)).items():
                dead.setdefault(path, []).extend(lines)
        asked = _Asked(
            servers, nodes(texts, trees), candidates(texts, trees), families(texts, trees)
        )
        chosen = asked.choose(count, random.Random(seed))
        return {"dead": dead, "symbols": [asked.document(one) for one in chosen]}


@dataclass(slots=True)
class _Asked:
    servers: Mapping[str, Server]
    nodes: Mapping[Place, Node]
    candidates: Mapping[str, Candidate]
    families: Mapping[Place, frozenset[Place]]

    def choose(self, count: int, seeded: random.Random) -> list[Candidate]:
        """As many of each kind as there are, in turn, with at least two references."""
        by_kind: dict[str, list[Candidate]] = {}
        for symbol in sorted(self.candidates):
            by_kind.setdefault(self.candidates[symbol].kind, []).append(self.candidates[symbol])
        for waiting in by_kind.values():
            seeded.shuffle(waiting)
        chosen: list[Candidate] = []
        while len(chosen) < count and any(by_kind.values()):
            for waiting in by_kind.values():
                while waiting and len(chosen) < count:
                    one = waiting.pop()
                    if len(self._uses(one)) >= 2:
                        chosen.append(one)
                        break
        return chosen

    def document(self, one: Candidate) -> dict[str, Any]:
        """All that is known of a symbol, as JSON."""
        related = frozenset[Place]().union(
            *(self.families.get(place, frozenset()) for place in one.places)
        )
        found = {name: self._found(name, one.places) for name in self.servers}
        family = sorted(related - frozenset[Place]().union(*found.values()))
        others = {
            name: self._found(name, family) if family else frozenset[Place]()
            for name in self.servers
        }
        return {
            "candidate": dataclasses.asdict(one),
            "found": {name: _written(places) for name, places in found.items()},
            "family": {name: _written(places) for name, places in others.items()},
            "verdicts": self._verdicts(one, found, others),
        }

    def _uses(self, one: Candidate) -> frozenset[Place]:
        found = frozenset[Place]().union(
            *(s.references(one.places[0]) for s in self.servers.values())
        )
        return frozenset(
            place
            for place in found.difference(one.places)
            if place in self.nodes
            and self.nodes[place].role in _NAMES_ONLY
            and self.nodes[place].name == one.name
        )

    def _found(self, server: str, places: Sequence[Place]) -> frozenset[Place]:
        ask = self.servers[server].references
        before = frozenset[Place]().union(*map(ask, places))
        for _ in range(_ROUNDS):
            now = frozenset[Place]().union(*map(ask, places))
            if now == before:
                return now
            before = now
        raise ServerError(f"{server}: the references of {places[0]} do not come to rest")

    def _verdicts(
        self,
        one: Candidate,
        found: Mapping[str, frozenset[Place]],
        others: Mapping[str, frozenset[Place]],
    ) -> list[tuple[tuple[str, int, int], dict[str, Verdict]]]:
        """Ask about each place that has the name, and that not both servers list."""
        first, *rest = found.values()
        agreed = first.intersection(*rest)
        listed = frozenset[Place]().union(*found.values())
        relatives = frozenset[Place]().union(*others.values()) - listed
        open_places = [
            node.place
            for node in self.nodes.values()
            if node.name == one.name and node.role in _NAMES_ONLY and node.place not in agreed
        ]
        open_places.sort(key=lambda place: (place not in listed, place))
        own = listed | frozenset(one.places)
        return [
            (
                dataclasses.astuple(place),
                {name: _verdict(s, place, own, relatives) for name, s in self.servers.items()},
            )
            for place in open_places[:_ASKED]
        ]


def _verdict(
    server: Server, place: Place, own: frozenset[Place], relatives: frozenset[Place]
) -> Verdict:
    answer = server.definitions(place) - {place} or server.definitions(place)
    if not answer:
        return "unknown"
    if answer & own - {place} or (place in own and place in answer):
        return "here"
    return "family" if answer & relatives else "elsewhere"


def _written(places: frozenset[Place]) -> list[tuple[str, int, int]]:
    return [dataclasses.astuple(place) for place in sorted(places)]


def _read(document: Any, package: str, versions: Mapping[str, str], texts: Texts) -> Truth:
    return Truth(
        package=package,
        versions=versions,
        symbols=tuple(_read_symbol(one) for one in document["symbols"]),
        dead=document["dead"],
        texts=texts,
        nodes=nodes(texts, parsed(texts)),
    )


def _read_symbol(document: Any) -> SymbolTruth:
    one = document["candidate"]
    return SymbolTruth(
        candidate=Candidate(
            one["symbol"], one["kind"], tuple(Place(**place) for place in one["places"])
        ),
        found={name: _read_places(places) for name, places in document["found"].items()},
        family={name: _read_places(places) for name, places in document["family"].items()},
        verdicts={Place(*place): said for place, said in document["verdicts"]},
    )


def _read_places(places: Any) -> frozenset[Place]:
    return frozenset(Place(*place) for place in places)
