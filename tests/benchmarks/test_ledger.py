"""What a session that was cut off leaves behind, and who goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ledger import Ledger, NotWrittenError

COMMAND = ["python", "-m", "pytest", "benchmarks"]
CONDITIONS = {"threads": 2, "versions": {"torch": "2.13.0"}, "settings": {"width": 0.05}}
TABLES: dict[str, Any] = {"throughput": [{"ratio": 1 / 3, "cell": None}], "rounds": [{"round": 1}, {"round": 2}]}


def begun(out: Path, names: int = 3) -> Ledger:
    ledger = Ledger(out, COMMAND, CONDITIONS)
    for number in range(names):
        ledger.enter(("score", "case", str(number)), TABLES)
    return ledger


def test_the_same_command_goes_on_with_every_row_as_it_was(tmp_path: Path) -> None:
    before = begun(tmp_path)
    again = Ledger(tmp_path, COMMAND, CONDITIONS)
    assert again.entries == before.entries
    assert again.rows("rounds") == 3 * TABLES["rounds"]
    assert again.started == before.started
    assert not again.changed


def test_another_command_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    begun(tmp_path)
    other = Ledger(tmp_path, [*COMMAND, "--profile", "smoke"], CONDITIONS)
    assert not other.entries
    other.enter(("score", "case", "0"), TABLES)
    other.remove()
    assert len(Ledger(tmp_path, COMMAND, CONDITIONS).entries) == 3


def test_under_other_conditions_it_begins_anew_and_knows_why(tmp_path: Path) -> None:
    begun(tmp_path)
    other = Ledger(tmp_path, COMMAND, {**CONDITIONS, "threads": 1})
    assert other.changed == ["threads"]
    assert not other.entries
    other.enter(("score", "case", "9"), TABLES)
    assert [*Ledger(tmp_path, COMMAND, {**CONDITIONS, "threads": 1}).entries] == [("score", "case", "9")]


@given(cut=st.integers(0, 1000))
def test_a_file_that_is_cut_anywhere_keeps_the_whole_lines_before(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    out = tmp_path_factory.mktemp("out")
    whole = begun(out)
    content = whole.path.read_bytes()
    kept = content[: cut % len(content)]
    whole.path.write_bytes(kept)
    again = Ledger(out, COMMAND, CONDITIONS)
    assert len(again.entries) == max(0, kept.count(b"\n") - 1)
    again.enter(("score", "case", "new"), TABLES)
    assert Ledger(out, COMMAND, CONDITIONS).entries == again.entries
    assert ("score", "case", "new") in again.entries


def test_nothing_is_written_before_there_is_a_row_and_nothing_stays_in_the_end(tmp_path: Path) -> None:
    Ledger(tmp_path, COMMAND, CONDITIONS).remove()
    assert not [*tmp_path.iterdir()]
    begun(tmp_path).remove()
    assert not [*tmp_path.iterdir()]


def test_what_the_disk_does_not_take_is_said_and_costs_no_row_before(tmp_path: Path) -> None:
    ledger = begun(tmp_path)
    content = ledger.path.read_bytes()
    ledger.path.unlink()
    ledger.path.mkdir()
    with pytest.raises(NotWrittenError, match=f"{ledger.path}: Is a directory"):
        ledger.enter(("score", "case", "9"), TABLES)
    assert ("score", "case", "9") not in ledger.entries
    ledger.path.rmdir()
    ledger.path.write_bytes(content + b'{"name": ["score", "' + 9999 * b"c")  # as a full disk leaves it
    ledger.enter(("score", "case", "9"), TABLES)
    assert Ledger(tmp_path, COMMAND, CONDITIONS).entries == ledger.entries
