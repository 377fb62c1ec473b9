"""What a session that was cut off leaves behind, and who goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.session.journal import Ledger, NotWrittenError
from results.tables.atomic_write import InputError

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
    assert again.torn == (not kept.endswith(b"\n") and kept != b"")
    again.enter(("score", "case", "new"), TABLES)
    assert Ledger(out, COMMAND, CONDITIONS).entries == again.entries
    assert ("score", "case", "new") in again.entries


@given(
    damages=st.lists(
        st.tuples(st.integers(0), st.integers(0, 300), st.binary(max_size=30) | st.just(bytes(200))),
        min_size=1,
        max_size=4,
    )
)
def test_damage_anywhere_costs_the_lines_that_it_hits_and_no_other(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int, bytes]]
) -> None:
    """Each damage puts noise in the place of some bytes: it overwrites, inserts, removes, empties."""
    out = tmp_path_factory.mktemp("out")
    before = begun(out)
    content = before.path.read_bytes()
    written = dict(zip(content.split(b"\n")[1:-1], before.entries, strict=True))
    for place, length, noise in damages:
        start = place % (len(content) + 1)
        content = content[:start] + noise + content[start + length :]
    before.path.write_bytes(content)
    whole = {written[line] for line in content.split(b"\n")[:-1] if line in written}

    again = Ledger(out, COMMAND, CONDITIONS)
    assert not again.changed
    assert whole <= again.entries.keys()
    assert again.entries.items() <= before.entries.items()  # no row is other than it was
    for name in before.entries.keys() - again.entries.keys():
        again.enter(name, TABLES)
    again.enter(("score", "case", "new"), TABLES)
    assert again.aside.exists() == (again.damaged > 0)
    last = Ledger(out, COMMAND, CONDITIONS)
    assert last.entries == again.entries
    assert last.damaged == 0


def test_a_damaged_line_is_counted_and_the_file_kept(tmp_path: Path) -> None:
    before = begun(tmp_path)
    head, first, second, third, end = before.path.read_bytes().split(b"\n")
    content = b"\n".join([head, first, second.replace(b"0.33", b"0.35"), third, end])
    before.path.write_bytes(content)
    again = Ledger(tmp_path, COMMAND, CONDITIONS)
    assert again.damaged == 1
    assert [*again.entries] == [("score", "case", "0"), ("score", "case", "2")]
    assert before.path.read_bytes() == content  # nothing is written yet
    again.enter(("score", "case", "1"), TABLES)
    assert again.aside.read_bytes() == content
    assert Ledger(tmp_path, COMMAND, CONDITIONS).entries == before.entries


def test_what_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    before = begun(tmp_path)
    before.path.unlink()
    before.path.mkdir()
    with pytest.raises(InputError, match=f"{before.path} cannot be read: Is a directory"):
        Ledger(tmp_path, COMMAND, CONDITIONS)


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
