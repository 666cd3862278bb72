"""What a run is at one point of its log: a fold over its events, and nothing else.

`State.apply` is the only place where an event has an effect. The state holds SHA-256 names of texts,
never texts; `jupiter.fold.tree` turns them into bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from jupiter.fold.clock import Clocks
from jupiter.fold.divisions import Divisions
from jupiter.fold.records import (
    Approval,
    BriefingState,
    Derived,
    HandOver,
    Note,
    Published,
    Repair,
    Request,
    opposite,
)
from jupiter.fold.usage import Spent
from jupiter.fold.verdicts import Verdicts
from jupiter.model.briefing_events import (
    AgentStarted,
    AgentTold,
    BriefingFailed,
    BriefingFinished,
    BriefingPaused,
    BriefingStarted,
    BriefingTaken,
    CommandFinished,
    ModelRetried,
    OfAgents,
    OfBriefing,
    ToolCalled,
    UsageRecorded,
)
from jupiter.model.edit import AddName, AnyChange, Change, Create, DropName, FileText, path_of
from jupiter.model.event import Event
from jupiter.model.plan import Hazard
from jupiter.model.repair import RepairRequested, ResultNarrowed
from jupiter.model.run_events import (
    ApprovalAnswered,
    ApprovalRequested,
    GoalDivided,
    OfRun,
    RunFinished,
    RunResumed,
    RunStarted,
    RunStopped,
    Status,
    WavePlanned,
)
from jupiter.model.symbol import SymbolId
from jupiter.model.tree_events import (
    ClaimRefused,
    EditAccepted,
    EditRefused,
    InterfaceProposed,
    InterfacePublished,
    NameAdded,
    NameDropped,
    NameRefused,
    NoteAdded,
    OfOwners,
    RequestAnswered,
    RequestMade,
    SymbolClaimed,
    SymbolHandedOver,
    SymbolReleased,
    UpdateDelivered,
)


@dataclass(slots=True)
class State(Verdicts):
    """The projections of a log that the run needs; built by `fold`, advanced by `apply`."""

    seq: int = 0
    started: RunStarted | None = None
    waves: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    wave: int = 0
    """The number of the wave that is under way; 0 before the first."""
    briefings: dict[int, BriefingState] = field(default_factory=dict[int, BriefingState])
    deals: dict[int, tuple[tuple[str, ...], ...]] = field(
        default_factory=dict[int, tuple[tuple[str, ...], ...]]
    )
    """By wave: what each of its briefings was given when it was planned."""
    owners: dict[str, int] = field(default_factory=dict[str, int])
    """Who owns a symbol, or all of a file, in the wave that is under way."""
    claimed: set[str] = field(default_factory=set[str])
    """What of it no plan had given away, or was made since: with all that is in it."""
    requests: dict[int, Request] = field(default_factory=dict[int, Request])
    """By the event that made them."""
    notes: list[Note] = field(default_factory=list[Note])
    handed_over: list[HandOver] = field(default_factory=list[HandOver])
    changes: list[tuple[int, Change]] = field(default_factory=list[tuple[int, Change]])
    """All accepted edits and shared names, each with its briefing, in log order."""
    touched: Derived[dict[tuple[int, str], list[tuple[int, AnyChange]]]] = field(
        default_factory=dict[tuple[int, str], list[tuple[int, AnyChange]]]
    )
    """The same by wave and by path at its start."""
    moved: Derived[dict[tuple[int, str], list[str]]] = field(
        default_factory=dict[tuple[int, str], list[str]]
    )
    """By wave and by new path: the paths at its start that files were moved from."""
    published: list[Published] = field(default_factory=list[Published])
    refused: list[EditRefused | NameRefused] = field(
        default_factory=list[EditRefused | NameRefused]
    )
    hazards: list[Hazard] = field(default_factory=list[Hazard])
    repairs: list[Repair] = field(default_factory=list[Repair])
    approvals: dict[str, Approval] = field(default_factory=dict[str, Approval])
    """By step."""
    divisions: Divisions = field(default_factory=Divisions)
    clocks: Clocks = field(default_factory=Clocks)
    budget: dict[str, float] | None = None
    """What the agents may use, if a resume has said so."""
    stopped: str | None = None
    status: Status | None = None
    """How the run ended; None while it goes on, also after it was resumed."""

    def apply(self, event: Event) -> None:
        """Take one event, the next in log order, into the state."""
        self.seq = event.seq
        self.clocks.tick(event)
        match event.data:
            case WavePlanned() as data:
                self._plan(data)
            case EditAccepted() as data:
                self._change(_number(event), data.edit)
            case NameAdded(path=path, name=name):
                self._change(_number(event), AddName(path=path, name=name))
            case NameDropped(path=path, name=name):
                self._change(_number(event), DropName(path=path, name=name))
            case EditRefused() | NameRefused() as data:
                self.refused.append(data)
            case (
                RequestMade()
                | RequestAnswered()
                | NoteAdded()
                | UpdateDelivered()
                | RepairRequested() as data
            ):
                self._talk(event, _number(event), data)
            case InterfaceProposed() | InterfacePublished() as data:
                self._publish(event, data)
            case data:
                self._of_family(event, data)

    def _of_family(self, event: Event, data: OfBriefing | OfOwners | OfAgents | OfRun) -> None:
        """What is taken as all of its family are."""
        if isinstance(data, OfRun):
            self._of_run(data, event.step or "")
        elif isinstance(data, OfAgents) and event.briefing is None:
            self.divisions.ask(data, event.step or "")
        elif isinstance(data, OfOwners):
            self._own(event.seq, _number(event), data)
        elif isinstance(data, OfAgents):
            self._converse(_number(event), data)
        else:
            self._progress(self.briefings[_number(event)], event.worker, data)
            self._end(event, _number(event))

    def _change(self, number: int, change: AnyChange) -> None:
        self.changes.append((number, change))
        self.arrange(number, change)

    def arrange(self, number: int, change: AnyChange) -> None:
        """Put one of `changes` where it is looked for: with its briefing, and with its path."""
        briefing = self.briefings[number]
        touched = self.touched.setdefault((briefing.wave, path_of(change)), [])
        taken_back = opposite(change)
        if taken_back is not None and taken_back in briefing.changes:
            briefing.changes.remove(taken_back)
            touched.remove((number, taken_back))
        briefing.changes.append(change)
        touched.append((number, change))
        if isinstance(change, Create):
            self.claimed.add(change.symbol)
        if isinstance(change, FileText) and change.to is not None:
            self.moved.setdefault((briefing.wave, change.to), []).append(change.path)

    def _converse(self, number: int, data: OfAgents) -> None:
        match data:
            case UsageRecorded():
                briefing = self.briefings[number]
                worker = briefing.worker or ""
                before = briefing.spent_by.get(worker, Spent())
                briefing.spent_by[worker] = before.and_also(data)
            case AgentTold(told=told) | ToolCalled(told=told):
                self.briefings[number].told = max(self.briefings[number].told, told)
                if isinstance(data, ToolCalled):
                    self.briefings[number].read.update(data.read)
            case AgentStarted() | ModelRetried() | CommandFinished():
                pass

    def _publish(self, event: Event, data: InterfaceProposed | InterfacePublished) -> None:
        proposed = isinstance(data, InterfaceProposed)
        self.published.append(
            Published(event.seq, data.symbol, data.before, data.after, event.briefing, proposed)
        )

    def _repair(self, seq: int, number: int, data: RepairRequested) -> None:
        self.becomes_another()
        self.repairs.append(
            Repair(seq, self.wave, data.round, number, data.findings, data.failures)
        )

    def _own(self, seq: int, number: int, data: OfOwners) -> None:
        match data:
            case SymbolClaimed():
                self.owners[data.symbol] = number
                self.claimed.add(data.symbol)
            case SymbolHandedOver():
                self.owners[data.symbol] = data.to
                self.handed_over.append(HandOver(seq, data.symbol, number, data.to))
            case SymbolReleased():
                self._release(data.symbol)
            case ClaimRefused():
                pass

    def _talk(
        self,
        event: Event,
        number: int,
        data: RequestMade | RequestAnswered | NoteAdded | UpdateDelivered | RepairRequested,
    ) -> None:
        match data:
            case RequestMade():
                made = Request(event.seq, number, data.to, data.symbol, data.text)
                self.requests[event.seq] = made
            case RequestAnswered():
                self._answer(
                    self.requests[data.request], event.seq, data.text, granted=data.granted
                )
            case NoteAdded():
                self.notes.append(Note(event.seq, number, event.worker, data.text))
            case UpdateDelivered():
                self.briefings[number].told = data.through
            case RepairRequested():
                self._repair(event.seq, number, data)

    def _answer(self, request: Request, seq: int, text: str, *, granted: bool) -> None:
        request.answered, request.answer, request.granted = seq, text, granted

    def _end(self, event: Event, number: int) -> None:
        """Whoever has ended answers nothing more, and one that has failed keeps no claim."""
        if not self.briefings[number].has_ended:
            return
        for request in self.requests.values():
            if request.owner == number and request.answered is None:
                how = self.briefings[number].progress
                text = f"briefing {number} has {how} without an answer"
                self._answer(request, event.seq, text, granted=False)
        if self.briefings[number].progress == "failed":
            for symbol in [one for one in self.claimed if self.owner(one) == number]:
                self._release(symbol)
            for taker in dict.fromkeys(o.taker for o in self.handed_over if o.giver == number):
                if self.briefings[taker].counts:
                    self._leave_out(
                        (taker,), f"it was built on briefing {number}, which has failed"
                    )

    def _release(self, symbol: str) -> None:
        self.claimed.discard(symbol)
        self.owners.pop(symbol, None)

    def _of_run(self, data: OfRun, step: str) -> None:
        match data:
            case RunStarted():
                self.started = data
            case RunResumed():
                if self.status == "budget":  # what was checked and delivered is not all
                    self.forget_verdicts()
                self.budget = data.budget or self.budget
                self._free()
            case GoalDivided():
                self.divisions.goals[step] = data.goals
            case ApprovalRequested():
                self.approvals[step] = Approval(data.question, data.briefings)
            case ApprovalAnswered():
                self.approvals[step].answer = data
                self._leave_out(data.leave_out, data.comment)
            case ResultNarrowed():
                self.narrowed.append(data)
                self._leave_out(data.left_out, data.reason)
            case RunStopped():
                self.stopped = data.reason
            case RunFinished():
                self.status = data.status
            case data:
                self.judge(data, step)

    def _leave_out(self, numbers: Iterable[int], reason: str) -> None:
        for number in numbers:
            briefing = self.briefings[number]
            if briefing.progress == "finished":
                self.becomes_another()
            briefing.progress, briefing.reason = "left out", reason
            briefing.left_out_in = self.wave

    def _free(self) -> None:
        """Whoever worked on a briefing is no more: it can be taken again, with what was done."""
        self.stopped = self.status = None
        for briefing in self.briefings.values():
            if not briefing.has_ended:
                briefing.progress, briefing.worker = "planned", None

    def _plan(self, plan: WavePlanned) -> None:
        self.waves.append(plan.steps)
        self.wave = plan.wave
        self.begin_wave()
        self.hazards.extend(plan.hazards)
        self.claimed.clear()
        self.deals[plan.wave] = tuple(owned.symbols for owned in plan.owned if owned.symbols)
        self.owners = {symbol: owned.briefing for owned in plan.owned for symbol in owned.symbols}
        for owned in plan.owned:
            self.briefings[owned.briefing] = BriefingState.planned(plan.wave, owned)

    def _progress(self, briefing: BriefingState, worker: str | None, data: OfBriefing) -> None:
        if briefing.progress == "left out":
            return
        match data:
            case BriefingPaused():
                briefing.progress, briefing.reason = "paused", data.reason
            case BriefingTaken() | BriefingStarted():
                briefing.progress, briefing.worker = "working", worker
            case BriefingFinished():
                briefing.progress = "finished"
                briefing.times_done += 1
                briefing.failures, briefing.warnings = data.failures, data.warnings
            case BriefingFailed():
                briefing.progress, briefing.reason = "failed", data.reason

    def counted(self, wave: int, path: str) -> Iterable[AnyChange]:
        """The changes of one path in one wave that are part of the tree, in log order."""
        changes = self.touched.get((wave, path), ())
        return (change for number, change in changes if self.briefings[number].counts)

    def owner(self, symbol: str) -> int | None:
        """The briefing that owns a symbol in the current wave: by itself, or with what it is in.

        That is all of its file, or a class that was claimed or made in this wave.
        """
        if (owner := self.owners.get(symbol)) is not None:
            return owner
        path, name = SymbolId.parse(symbol)
        while name := name.rpartition(".")[0]:
            around = str(SymbolId(path, name))
            if around in self.claimed and (owner := self.owners.get(around)) is not None:
                return owner
        return self.owners.get(path)

    @property
    def accepted(self) -> int:
        """How many edits were accepted, also of briefings that failed."""
        return sum(not isinstance(change, AddName | DropName) for _, change in self.changes)

    @property
    def conflicts(self) -> int:
        """Edits refused as stale, plus symbols that two briefings have written without a hand-over."""
        stale = sum(refusal.reason == "stale" for refusal in self.refused)
        given = {(self.briefings[one.giver].wave, one.symbol) for one in self.handed_over}
        writers: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
        for number, briefing in self.briefings.items():
            for symbol in briefing.symbols_changed if briefing.counts else ():
                writers[briefing.wave, symbol].add(number)
        return stale + sum(len(writers[one]) > 1 for one in writers.keys() - given)

    @property
    def symbols_changed(self) -> frozenset[str]:
        """Ids of the symbols that counted edits have changed."""
        return frozenset[str]().union(*(one.symbols_changed for one in self._counted()))

    @property
    def paths_edited(self) -> frozenset[str]:
        """Paths of the files that counted changes have touched."""
        return frozenset[str]().union(*(one.paths_changed for one in self._counted()))

    def _counted(self) -> Iterable[BriefingState]:
        return (briefing for briefing in self.briefings.values() if briefing.counts)


def fold(events: Iterable[Event], state: State | None = None) -> State:
    """Apply events in log order to a state, by default to that of an empty log."""
    state = State() if state is None else state
    for event in events:
        state.apply(event)
    return state


def _number(event: Event) -> int:
    assert event.briefing is not None, f"{event.type} names no briefing"  # noqa: S101 # the models' invariant, not input
    return event.briefing
