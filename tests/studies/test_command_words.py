"""A typed command as it is recorded, without paths, and as it is repeated, without a password."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.terminal.command_line import Typed
from studies.command_line.command_words import recorded, repeated

URL = "postgresql://me:sesame@host/database"
SAFE = st.sampled_from([["--seeds", "3"], ["--set", "cell=lstm"], ["--set=layers=2"], ["--workers=1"]])
PRIVATE = st.sampled_from(
    [["--out", "/home/me"], ["--out=/home/me"], ["--storage", URL], [f"--storage={URL}"], ["--json"]]
)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (["retrograde"], ["retrograde"]),
        (["/home/me/bin/retrograde"], ["retrograde"]),
        ([".nox/retrograde/bin/retrograde"], ["retrograde"]),
        (["python", "-m", "studies"], ["python", "-m", "studies"]),
    ],
)
@given(options=st.lists(st.one_of(SAFE, PRIVATE)))
def test_paths_are_not_recorded_and_the_command_is_repeated_as_it_was_started(
    program: list[str], expected: list[str], options: list[list[str]]
) -> None:
    safe = [option for option in options if "/" not in "".join(option) and option != ["--json"]]
    typed = Typed(tuple(program), ("run", "attention", *chain(*options)))
    assert recorded(typed, "attention", "attention") == [*expected, "run", "attention", *chain(*safe)]
    again = repeated(typed)
    assert again[: len(program)] == program
    assert [word.replace("***", "sesame") for word in again[len(program) :]] == list(typed.words)
    assert "sesame" not in " ".join(again)
