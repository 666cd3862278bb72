"""References: precision and recall of the index against two language servers, by kind of symbol.

What either server finds is permitted, what both find is required. Only name and attribute nodes of
the symbol's own name are judged; all else, and override families, is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from nodes import SymbolKind
from places import Place
from table import Goal, Results, aligned, arguments
from table import goals as goals_of
from truth import SERVERS, SymbolTruth, Truth, truth_of

from jupiter.index.codebase import Codebase
from jupiter.index.references import references

PACKAGES = (
    "flask==3.0.0",
    "httpx==0.27.0",
    "jinja2==3.1.4",
    "marshmallow==3.21.0",
    "rich==13.7.0",
)
KINDS: tuple[SymbolKind, ...] = (
    "function",
    "class",
    "constant",
    "method",
    "property",
    "attribute",
)
_NAMED = frozenset({"function", "class", "constant"})
_SYMBOLS = 60
UNKNOWN = "servers: unknown"

Certainty = Literal["certain", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Found:
    """A place that a tool gives, how sure it is, and whether it says that an override is meant."""

    place: Place
    certainty: Certainty
    is_family: bool


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A place where tool and servers differ."""

    symbol: str
    kind: SymbolKind
    place: Place
    what: str
    line: str


@dataclass(slots=True)
class Score:
    """Counts of one tool over symbols of one kind in one package."""

    tool: str
    package: str
    kind: SymbolKind
    symbols: int = 0
    undefined: int = 0
    certain: int = 0
    certain_right: int = 0
    likely: int = 0
    likely_right: int = 0
    unknown: int = 0
    """Certain or likely, and no server says anything of the place (an untyped receiver)."""
    possible: int = 0
    required: int = 0
    required_certain: int = 0
    required_found: int = 0
    family: int = 0
    family_right: int = 0
    apart: dict[str, int] = field(default_factory=dict[str, int])


def main() -> int:
    """Print the table, the goals and the disagreements; 1 when a goal is missed."""
    parser = arguments("Precision and recall of the index against two language servers.")
    parser.add_argument("--package", action="append", metavar="NAME==VERSION")
    parser.add_argument("--symbols", type=int, default=_SYMBOLS, help="of each package")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--list", action="store_true", help="each disagreement with its line")
    options = parser.parse_args()
    packages = options.package or (("httpx==0.27.0",) if options.quick else PACKAGES)
    scores: list[Score] = []
    differences: list[Disagreement] = []
    versions: Mapping[str, str] = {}
    for package in packages:
        truth = truth_of(package, count=options.symbols, seed=options.seed)
        versions = truth.versions
        print(f"{package}: {len(truth.symbols)} symbols, {len(truth.texts.files)} files")
        scores += _index_scores(truth, differences)
        for server in SERVERS:
            scores += _server_scores(truth, server)
    results = Results([asdict(one) for one in scores])
    results.rows += [{"tool": "jupiter", "disagreement": asdict(one)} for one in differences]
    results.goals += _goals([one for one in scores if one.tool == "jupiter"])
    print(f"\n{_table(scores)}\n\n{_summary(differences)}\n")
    if options.list:
        print("\n".join(_lines(differences)), end="\n\n")
    print("servers: " + ", ".join(f"{name} {version}" for name, version in versions.items()))
    print(goals_of(results))
    if options.json:
        results.write(options.json)
    return 0 if all(goal.holds for goal in results.goals) else 1


def _index_scores(truth: Truth, differences: list[Disagreement]) -> Iterator[Score]:
    codebase = Codebase(truth.texts.files)
    scores = {kind: Score("jupiter", truth.package, kind) for kind in KINDS}
    for symbol in truth.symbols:
        score = scores[symbol.candidate.kind]
        found = _ask_index(codebase, symbol)
        if found is None:
            score.undefined += 1
            found = []
        _judge(
            score,
            truth,
            symbol,
            found=found,
            permitted=symbol.permitted,
            required=symbol.required,
        )
        differences += _differences(truth, symbol, found)
    return iter(scores.values())


def _server_scores(truth: Truth, server: str) -> Iterator[Score]:
    """One server as a tool, the other alone as the truth."""
    (other,) = set(SERVERS) - {server}
    scores = {kind: Score(f"{server} by {other}", truth.package, kind) for kind in KINDS}
    for symbol in truth.symbols:
        found = [Found(place, "certain", is_family=False) for place in symbol.found[server]]
        right = symbol.by(other)
        _judge(
            scores[symbol.candidate.kind],
            truth,
            symbol,
            found=found,
            permitted=right,
            required=right,
        )
    return iter(scores.values())


def _ask_index(codebase: Codebase, symbol: SymbolTruth) -> list[Found] | None:
    """What the index answers; None when it does not define the symbol."""
    own = symbol.candidate.symbol
    try:
        answer = references(codebase, own)
    except KeyError:
        return None
    return [
        Found(Place(one.path, one.line, one.column), one.certainty, one.symbol != own)
        for one in answer
        if one.kind != "definition"
    ]


def _judge(
    score: Score,
    truth: Truth,
    symbol: SymbolTruth,
    *,
    found: Iterable[Found],
    permitted: frozenset[Place],
    required: frozenset[Place],
) -> None:
    name, own = symbol.candidate.name, frozenset(symbol.candidate.places)
    score.symbols += 1
    sure: dict[Place, Certainty] = {}
    for one in found:
        if one.place in own:
            continue
        if why := truth.apart(one.place, name):
            score.apart[why] = score.apart.get(why, 0) + 1
        elif one.is_family and one.place not in permitted:
            score.family += 1
            score.family_right += _is_of_family(symbol, one.place)
        else:
            sure[one.place] = one.certainty
    for place, certainty in sure.items():
        right = place in permitted
        if not right and certainty != "possible":
            score.unknown += _said(symbol, place) == UNKNOWN
        match certainty:
            case "certain":
                score.certain += 1
                score.certain_right += right
            case "likely":
                score.likely += 1
                score.likely_right += right
            case "possible":
                score.possible += 1
    wanted = _judged(truth, symbol, required)
    score.required += len(wanted)
    score.required_certain += sum(sure.get(place) == "certain" for place in wanted)
    score.required_found += sum(sure.get(place) in {"certain", "likely"} for place in wanted)


def _judged(truth: Truth, symbol: SymbolTruth, places: Iterable[Place]) -> frozenset[Place]:
    own = symbol.candidate.places
    name = symbol.candidate.name
    return frozenset(p for p in places if p not in own and not truth.apart(p, name))


def _is_of_family(symbol: SymbolTruth, place: Place) -> bool:
    said = symbol.verdicts.get(place, {}).values()
    return "family" in said or any(place in places for places in symbol.family.values())


def _differences(
    truth: Truth, symbol: SymbolTruth, found: Sequence[Found]
) -> Iterator[Disagreement]:
    answered = {one.place: one for one in found}
    for place in sorted(_judged(truth, symbol, answered)):
        one = answered[place]
        if one.certainty == "possible" or place in symbol.permitted:
            continue
        if not one.is_family or not _is_of_family(symbol, place):
            what = f"{one.certainty}{' family' if one.is_family else ''}, {_said(symbol, place)}"
            yield _disagreement(truth, symbol, place, what)
    for place in sorted(_judged(truth, symbol, symbol.required)):
        one = answered.get(place)
        if one is None or one.certainty == "possible":
            how = "possible" if one else "missed"
            what = f"{how}, {truth.nodes[place].role}"
            yield _disagreement(truth, symbol, place, what)


def _said(symbol: SymbolTruth, place: Place) -> str:
    """What the servers say of a place that neither lists."""
    said = symbol.verdicts.get(place)
    if said is None:
        return "servers not asked"
    if "elsewhere" in said.values():
        return "servers: another symbol"
    return "servers: an override" if "family" in said.values() else UNKNOWN


def _disagreement(truth: Truth, symbol: SymbolTruth, place: Place, what: str) -> Disagreement:
    candidate = symbol.candidate
    return Disagreement(candidate.symbol, candidate.kind, place, what, truth.texts.shown(place))


def _goals(scores: Sequence[Score]) -> list[Goal]:
    named = [one for one in scores if one.kind in _NAMED]
    members = [one for one in scores if one.kind not in _NAMED]
    certain = _share(scores, "certain_right", "certain")
    both = _both(scores)
    sure = _share(scores, "required_certain", "required")
    return [
        _goal("precision of certain", certain, 0.995),
        _goal("precision of certain and likely", both, 0.97),
        _goal("the same where a server has an answer", _both(scores, answered=True), 0.97),
        _goal("required that is certain", sure, 0.80),
        _goal(
            "recall of functions, classes, constants",
            _share(named, "required_found", "required"),
            0.99,
        ),
        _goal(
            "recall of methods, properties, class attributes",
            _share(members, "required_found", "required"),
            0.94,
        ),
    ]


def _goal(name: str, value: float, least: float) -> Goal:
    return Goal(name, value, "share", least, "at least")


def _share(scores: Iterable[Score], part: str, whole: str) -> float:
    counted = list(scores)
    total = sum(getattr(one, whole) for one in counted)
    return sum(getattr(one, part) for one in counted) / total if total else 1.0


def _both(scores: Iterable[Score], *, answered: bool = False) -> float:
    """Precision of certain and likely; `answered` leaves out where no server says anything."""
    counted = list(scores)
    total = sum(one.certain + one.likely - answered * one.unknown for one in counted)
    return sum(one.certain_right + one.likely_right for one in counted) / total if total else 1.0


def _table(scores: Sequence[Score]) -> str:
    heads = (
        "tool, kind",
        "symbols",
        "undefined",
        "precision certain",
        "+likely",
        "answered",
        "unknown",
        "required",
        "certain",
        "recall",
        "possible",
        "family",
        "right",
        "apart",
    )
    rows: list[Sequence[object]] = []
    for tool in dict.fromkeys(one.tool for one in scores):
        mine = [one for one in scores if one.tool == tool]
        rows += [_row(f"{tool}: {kind}", [o for o in mine if o.kind == kind]) for kind in KINDS]
        rows += [
            _row(f"{tool}: {package}", [o for o in mine if o.package == package])
            for package in dict.fromkeys(one.package for one in mine)
        ]
        rows.append(_row(f"{tool}: all", mine))
    return aligned([heads, *rows])


def _row(head: str, scores: Sequence[Score]) -> Sequence[object]:
    def total(name: str) -> int:
        return sum(getattr(one, name) for one in scores)

    apart = sum((Counter(one.apart) for one in scores), Counter[str]())
    return (
        head,
        total("symbols"),
        total("undefined"),
        f"{_share(scores, 'certain_right', 'certain'):.4f}",
        f"{_both(scores):.4f}",
        f"{_both(scores, answered=True):.4f}",
        total("unknown"),
        total("required"),
        f"{_share(scores, 'required_certain', 'required'):.3f}",
        f"{_share(scores, 'required_found', 'required'):.4f}",
        total("possible"),
        total("family"),
        total("family_right"),
        " ".join(f"{why}:{count}" for why, count in sorted(apart.items())) or "-",
    )


def _summary(differences: Sequence[Disagreement]) -> str:
    counted = Counter(one.what for one in differences)
    return aligned([("disagreement", "places"), *counted.most_common()])


def _lines(differences: Iterable[Disagreement]) -> Iterator[str]:
    for one in sorted(differences, key=lambda one: (one.what, one.symbol, one.place)):
        yield f"{one.place}: {one.what}: {one.symbol}: {one.line}"


if __name__ == "__main__":
    raise SystemExit(main())
