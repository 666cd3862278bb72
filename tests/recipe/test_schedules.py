"""Schedules: what a recipe may say of them, Prefect takes; `tests/recipe/bad` has the messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect.client.schemas.schedules import CronSchedule, RRuleSchedule

from jupiter.model.recipe import Recipe
from jupiter.recipe.load import parse
from jupiter.recipe.schedules import cron_complaint, rrule_complaint

FIELD = st.from_regex(
    r"(\*|[0-9]{1,2}|jan|Feb|mon|SUN)(-([0-9]{1,2}|fri))?(/[0-9]{1,2})?", fullmatch=True
)


def recipe(text: str, step: str = "") -> Recipe:
    body = f"steps: {{a: {{codemod: noop.NOOPCommand{step}}}}}\n"
    return parse(f"version: 1\nname: x\n{text}{body}", "r.yaml")


@given(st.lists(FIELD, min_size=4, max_size=6).map(" ".join))
def test_a_cron_expression_that_is_accepted_is_one_for_prefect(text: str) -> None:
    if not cron_complaint(text):
        CronSchedule(cron=text)


@pytest.mark.parametrize(
    "text",
    ["* * * * *", "*/15 0-6,22 1,15 jan-mar,12 mon-fri", "0 3 * * 1-5", "0 0 29 2 *", "0 0 * * 7"],
)
def test_usual_cron_expressions_are_accepted(text: str) -> None:
    assert cron_complaint(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("", "@daily", "* * * *", "* * * * * *", "60 * * * *", "0 0 31 2 *", "*/0 * * * *"),
        *("0 0 L * *", "0 0 15W * *", "0 0 * * 5L", "0 0 * * mon#1", "H * * * *", "R * * * *"),
    ],
)
def test_what_is_no_cron_expression_or_not_one_to_everybody_is_refused(text: str) -> None:
    assert cron_complaint(text)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,FR;BYHOUR=3;BYMINUTE=30",
        "DTSTART:20260101T000000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
    ],
)
def test_recurrence_rules_are_accepted_as_prefect_does(text: str) -> None:
    assert rrule_complaint(text) == ""
    RRuleSchedule(rrule=text)


@pytest.mark.parametrize(
    "text", ["x", "FREQ=X", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYHOUR=99", "COUNT=1"]
)
def test_what_is_no_recurrence_rule_is_refused(text: str) -> None:
    assert rrule_complaint(text)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_an_exception(text: str) -> None:
    cron_complaint(text)
    rrule_complaint(text)


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        pytest.param("", "", False, id="by hand"),
        pytest.param("schedule: {interval: 60}\n", "", True, id="scheduled"),
        pytest.param("", ", allow_empty: true", True, id="allowed"),
        pytest.param("schedule: {interval: 60}\n", ", allow_empty: false", False, id="forbidden"),
    ],
)
def test_a_step_may_select_nothing_where_there_is_a_schedule_unless_it_says_otherwise(
    schedule: str, step: str, *, expected: bool
) -> None:
    found = recipe(schedule, step)
    (only,) = found.steps.values()
    assert found.may_be_empty(only) is expected
