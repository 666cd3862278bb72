"""A run that asks: it waits for the first answer on its log, and goes on from there."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from jupiter.approval import answer
from jupiter.bus.file import FileLog
from jupiter.conductor import Answer, Notice, Question, Threads
from jupiter.errors import Interrupted, RequestError
from jupiter.execution import Run, start
from jupiter.fold.state import fold
from jupiter.index.source import Request, load
from jupiter.model.report import Report
from jupiter.resume import resume, source_of
from jupiter.run import execute
from repositories import committed, git

COMMAS = (
    "  {name}: {{codemod: add_trailing_commas.AddTrailingCommas, needs: [{needs}], "
    "select: {{paths: ['{path}']}}, workers: 1}}\n"
)
FIRST = COMMAS.format(name="first", needs="", path="a*.py")
YES, NO = Answer(approved=True), Answer(approved=False, comment="not today")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("a1", "a2", "b1", "b2"):
        (folder / f"{name}.py").write_text(f"{name} = f(\n    1, 2\n)\n")
    return committed(folder)


class Person:
    """Hears a run's notices, and answers its questions from another thread, as people do."""

    def __init__(self, *answers: Answer | Callable[[Question], None]) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []

    def __call__(self, notice: Notice) -> None:
        if (question := notice.question) is None:
            return
        self.asked.append(question)
        if self.answers:
            said = self.answers.pop(0)
            reply = said if callable(said) else lambda asked: asked.answer(said)
            threading.Thread(target=reply, args=(question,)).start()


def begun(folder: Path, steps: str, person: Person) -> Run:
    recipe = folder.parent / "recipe.yaml"
    recipe.write_text(f"version: 1\nname: asks\nsteps:\n{steps}")
    return start(load(Request(recipe, folder)), person)


def carried_out(folder: Path, steps: str, person: Person) -> Report:
    return execute(begun(folder, steps, person), Threads())


def changed(folder: Path) -> list[str]:
    return git(folder, "diff", "--name-only", "main", "jupiter/asks").split()


BEFORE = "  look: {approve: Shall we}\n" + COMMAS.format(name="go", needs="look", path="a*.py")
AFTER = FIRST + "  look: {approve: Good, needs: [first]}\n"
BETWEEN = AFTER + COMMAS.format(name="go", needs="look", path="b*.py")


def test_before_anything_the_plan_of_what_comes_is_what_may_be_left_out(repository: Path) -> None:
    person = Person(Answer(approved=True, leave_out=(2,), comment="a2 is not ours"))
    report = carried_out(repository, BEFORE, person)
    (question,) = person.asked
    assert (question.text, dict(question.briefings)) == ("Shall we", {1: "a1.py", 2: "a2.py"})
    assert (report.status, changed(repository)) == ("done", ["a1.py"])
    left = report.per_briefing[1]
    assert (left.progress, left.reason, left.worker) == ("left out", "a2 is not ours", None)


def test_in_the_middle_it_is_the_plan_of_the_next_wave(repository: Path) -> None:
    person = Person(Answer(approved=True, leave_out=(4,)))
    report = carried_out(repository, BETWEEN, person)
    assert dict(person.asked[0].briefings) == {3: "b1.py", 4: "b2.py"}
    assert (report.status, changed(repository)) == ("done", ["a1.py", "a2.py", "b1.py"])


def test_at_the_end_it_is_the_result_and_what_is_left_out_does_not_count(repository: Path) -> None:
    report = carried_out(repository, AFTER, Person(Answer(approved=True, leave_out=(1,))))
    assert (report.status, report.files_changed, changed(repository)) == ("done", 1, ["a2.py"])


def test_a_result_without_what_was_left_out_is_judged_again(repository: Path) -> None:
    check = "  check: {run: python -m compileall -q ., needs: [first]}\n"
    steps = FIRST + check + "  look: {approve: Good, needs: [check]}\n"
    report = carried_out(repository, steps, Person(Answer(approved=True, leave_out=(1,))))
    assert [one.step for one in report.checks] == ["check", "check"]
    assert (report.status, changed(repository)) == ("done", ["a2.py"])


def test_who_leaves_out_everything_gets_nothing_and_no_branch(repository: Path) -> None:
    report = carried_out(repository, AFTER, Person(Answer(approved=True, leave_out=(1, 2))))
    assert (report.status, report.branch) == ("unchanged", None)


@pytest.mark.parametrize("steps", [BEFORE, BETWEEN, AFTER], ids=["before", "between", "after"])
def test_a_refusal_ends_the_run_with_its_reason_and_nothing_is_delivered(
    steps: str, repository: Path
) -> None:
    report = carried_out(repository, steps, Person(NO))
    assert report.status == "failed"
    assert report.reason.endswith("was refused: not today")
    assert git(repository, "branch", "--list", "jupiter/*") == ""


def test_the_first_answer_counts(repository: Path) -> None:
    later: list[str] = []

    def twice(question: Question) -> None:
        question.answer(YES)
        with pytest.raises(RequestError) as caught:
            question.answer(NO)
        later.append(str(caught.value))

    assert carried_out(repository, AFTER, Person(twice)).status == "done"
    assert later == ["step look was approved already; the first answer counts"]


def test_only_what_is_asked_about_can_be_left_out(repository: Path) -> None:
    said: list[str] = []

    def wrong_then_right(question: Question) -> None:
        with pytest.raises(RequestError) as caught:
            question.answer(Answer(approved=True, leave_out=(1,)))
        said.append(str(caught.value))
        question.answer(YES)

    assert carried_out(repository, BETWEEN, Person(wrong_then_right)).status == "done"
    assert said == ["briefing 1 cannot be left out here; those that can: 3, 4"]


def test_a_run_that_was_stopped_while_it_waited_goes_on_with_the_answer_it_got_meanwhile(
    repository: Path,
) -> None:
    person = Person(lambda _question: run.interrupt())
    run = begun(repository, BETWEEN, person)
    with pytest.raises(Interrupted):
        execute(run, Threads())
    log = FileLog.open(run.log.folder)
    answer(log, "look", Answer(approved=True, leave_out=(3,)))
    nobody = Person()
    again = resume(source_of(log.folder), log.folder, nobody)
    report = execute(again, Threads())
    assert (report.status, nobody.asked) == ("done", [])
    assert changed(repository) == ["a1.py", "a2.py", "b2.py"]


def test_a_run_that_was_stopped_while_it_waited_asks_again_but_writes_it_once(
    repository: Path,
) -> None:
    person = Person(lambda _question: run.interrupt(), YES)
    run = begun(repository, BETWEEN, person)
    with pytest.raises(Interrupted):
        execute(run, Threads())
    report = execute(resume(source_of(run.log.folder), run.log.folder, person), Threads())
    assert (report.status, len(person.asked)) == ("done", 2)
    types = [event.type for event in FileLog.open(run.log.folder).events()]
    assert (types.count("approval.requested"), types.count("approval.answered")) == (1, 1)


def test_every_beginning_of_its_log_folds_and_knows_who_is_asked(repository: Path) -> None:
    report = carried_out(repository, BETWEEN, Person(YES))
    events = list(FileLog.open(Path(report.log)).events())
    asked = [
        any(one.answer is None for one in fold(events[:end]).approvals.values())
        for end in range(len(events))
    ]
    (begin,) = [e.seq for e in events if e.type == "approval.requested"]
    (end,) = [e.seq for e in events if e.type == "approval.answered"]
    assert [seq for seq, waits in enumerate(asked) if waits] == list(range(begin, end))
