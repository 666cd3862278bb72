"""When a recipe runs by itself: texts of a schedule that mean something, and what goes with one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from dateutil.rrule import rrulestr

from jupiter.recipe.codes import Code
from jupiter.recipe.places import mapping
from jupiter.recipe.problems import Path, Problem, nearest, quoted

KEYS = ("cron", "interval", "rrule")
"""The keys that a schedule has one of."""

_FIELDS = "minute, hour, day of the month, month, day of the week"
# Each program that reads cron has characters of its own beside these; of them all read the same.
_FIELD = re.compile(r"[0-9A-Za-z*/,-]+", re.ASCII)
_OWN = re.compile(r"(?<![A-Za-z])[LWRHlwrh](?![A-Za-z])|\d[LWRHlwrh]")
_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)  # any moment does: only the text is being looked at


def schedule_problems(data: object) -> Iterator[Problem]:
    """What is wrong with `schedule`, and with `deliver` beside it, as far as their shape is right."""
    schedule = mapping(data, "schedule")
    yield from _texts(schedule)
    deliver = mapping(data, "deliver")
    if "patch" not in deliver or "branch" in deliver:
        return
    if schedule:
        message = "a scheduled run has no folder to put a patch into; expected a branch"
        yield Problem(Code.DELIVERY, ("deliver", "patch"), message, at="key")
    for key in ("if_exists", "push"):
        if key in deliver:
            message = f"{quoted(key)} is about a branch, and the result is a patch; take it out"
            yield Problem(Code.DELIVERY, ("deliver", key), message, at="key")


def cron_complaint(text: str) -> str:
    """Why a text is no cron expression; nothing when it is one."""
    fields = text.split()
    if len(fields) != 5:
        return f"{quoted(text)}; expected five fields: {_FIELDS}"
    strange = next((one for one in fields if not _FIELD.fullmatch(one) or _OWN.search(one)), None)
    if strange is not None:
        return f"the field {quoted(strange)}; expected numbers, names, * , - and / such as */15 or mon-fri"
    try:
        CronSim(text, _BEFORE)
    except CronSimError as error:
        return f"a {str(error).lower()}; expected five fields: {_FIELDS}"
    return ""


def rrule_complaint(text: str) -> str:
    """Why a text is no recurrence rule; nothing when it is one."""
    if re.search(r"INTERVAL=0*(;|\s|$)", text, re.IGNORECASE):
        return "an INTERVAL of 0, which never ends; expected 1 or more"
    try:
        rrulestr(text)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        # It raises whatever happens inside; what its own messages say is not always a sentence.
        return f"no recurrence rule ({error}); expected one such as FREQ=WEEKLY;BYDAY=MO;BYHOUR=3"
    return ""


def _texts(schedule: Mapping[str, object]) -> Iterator[Problem]:
    judges = {"cron": cron_complaint, "rrule": rrule_complaint, "timezone": _timezone_complaint}
    for key, judge in judges.items():
        text = schedule.get(key)
        if isinstance(text, str) and text and "${{" not in text and (complaint := judge(text)):
            path: Path = ("schedule", key)
            yield Problem(Code.SCHEDULE, path, f"found {complaint}")


def _timezone_complaint(text: str) -> str:
    known = available_timezones()
    if text in known:
        return ""
    return f"{quoted(text)}; expected a name such as Europe/Berlin or UTC{_nearest(text, known)}"


def _nearest(text: str, known: set[str]) -> str:
    """Of the hundreds of names those that end as this one does, or begin on its continent."""
    continent, _, city = text.rpartition("/")
    alike = [name for name in sorted(known) if name.endswith(f"/{city}")]
    return nearest(
        text, alike or [name for name in sorted(known) if name.startswith(f"{continent}/")]
    )
