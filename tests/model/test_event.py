"""Events are told apart by their types, and a type reads `noun.verb`."""

import re
from datetime import UTC, datetime
from typing import get_args

import pytest
from pydantic import ValidationError

from jupiter.model.base import Model
from jupiter.model.event import PAYLOADS, AnyPayload, Draft, Event, type_of
from jupiter.model.run_events import RunFinished, RunStopped


@pytest.mark.parametrize("payload", PAYLOADS, ids=type_of)
def test_a_type_is_a_noun_and_a_verb_in_the_past(payload: type[Model]) -> None:
    assert re.fullmatch(r"[a-z]+\.([a-z]+ed|made|taken|told|handed_over)", type_of(payload))
    noun, verb = type_of(payload).split(".")
    assert payload.__name__ == f"{noun.title()}{verb.title().replace('_', '')}"


def test_no_two_payloads_have_one_type() -> None:
    assert len({type_of(payload) for payload in PAYLOADS}) == len(PAYLOADS)
    assert set(get_args(AnyPayload)) == set(PAYLOADS)


def test_an_event_has_the_type_of_its_payload() -> None:
    event = Event(
        seq=1,
        time=datetime(2026, 11, 23, tzinfo=UTC),
        run="r",
        step=None,
        briefing=None,
        worker=None,
        data=RunFinished(status="done"),
    )
    assert event.type == "run.finished"
    assert event.v == 1


@pytest.mark.parametrize(
    "data",
    [
        {"type": "run.stopped", "status": "done"},
        {"type": "run.paused", "reason": "x"},
        {"reason": "x"},
    ],
    ids=["that of another", "that of none", "no type"],
)
def test_a_payload_is_what_its_type_says(data: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Draft.model_validate({"data": data})


def test_a_draft_is_nobodys_until_it_says_whose_it_is() -> None:
    draft = Draft.model_validate({"data": {"type": "run.stopped", "reason": "x"}})
    assert draft == Draft(data=RunStopped(reason="x"), step=None, briefing=None, worker=None)


def test_a_run_ends_in_a_status_that_is_known() -> None:
    with pytest.raises(ValidationError, match="'done', 'unchanged', 'failed'"):
        RunFinished.model_validate({"status": "perfect"})
