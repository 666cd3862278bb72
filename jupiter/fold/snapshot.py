"""A state as bytes and back, for those who do not want to fold a long log again."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from jupiter.fold.state import State

_STATES = TypeAdapter(State)


def pack(state: State) -> bytes:
    """The state as JSON, without what follows from the rest."""
    return _STATES.dump_json(state)


def unpack(data: bytes) -> State:
    """The state that `pack` was given; raises ValueError when the bytes are not one."""
    try:
        state = _STATES.validate_json(data)
    except ValidationError as error:
        raise ValueError("not a state") from error
    for number, change in state.changes:
        state.arrange(number, change)
    return state
