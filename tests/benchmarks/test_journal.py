"""The journal of an interrupted session, and the session that resumes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.session.journal import Journal, JournalWriteError
from results.errors import InputError

COMMAND = ["python", "-m", "pytest", "benchmarks"]
CONDITIONS = {"threads": 2, "versions": {"torch": "2.13.0"}, "settings": {"width": 0.05}}
TABLES: dict[str, Any] = {"throughput": [{"ratio": 1 / 3, "cell": None}], "rounds": [{"round": 1}, {"round": 2}]}


def started(out: Path, names: int = 3) -> Journal:
    journal = Journal(out, COMMAND, CONDITIONS)
    for number in range(names):
        journal.add(("score", "case", str(number)), TABLES)
    return journal


def test_the_same_command_resumes_with_the_same_rows(tmp_path: Path) -> None:
    before = started(tmp_path)
    again = Journal(tmp_path, COMMAND, CONDITIONS)
    assert again.entries == before.entries
    assert again.rows("rounds") == 3 * TABLES["rounds"]
    assert again.started == before.started
    assert not again.changed


def test_another_command_has_another_journal(tmp_path: Path) -> None:
    started(tmp_path)
    other = Journal(tmp_path, [*COMMAND, "--profile", "smoke"], CONDITIONS)
    assert not other.entries
    other.add(("score", "case", "0"), TABLES)
    other.remove()
    assert len(Journal(tmp_path, COMMAND, CONDITIONS).entries) == 3


def test_under_other_conditions_the_rows_are_not_used_and_the_changes_are_known(tmp_path: Path) -> None:
    started(tmp_path)
    other = Journal(tmp_path, COMMAND, {**CONDITIONS, "threads": 1})
    assert other.changed == ["threads"]
    assert not other.entries
    other.add(("score", "case", "9"), TABLES)
    assert [*Journal(tmp_path, COMMAND, {**CONDITIONS, "threads": 1}).entries] == [("score", "case", "9")]


@given(cut=st.integers(0, 1000))
def test_a_truncated_file_keeps_its_complete_lines(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    out = tmp_path_factory.mktemp("out")
    complete = started(out)
    content = complete.path.read_bytes()
    kept = content[: cut % len(content)]
    complete.path.write_bytes(kept)
    again = Journal(out, COMMAND, CONDITIONS)
    assert len(again.entries) == max(0, kept.count(b"\n") - 1)
    assert again.truncated == (not kept.endswith(b"\n") and kept != b"")
    again.add(("score", "case", "new"), TABLES)
    assert Journal(out, COMMAND, CONDITIONS).entries == again.entries
    assert ("score", "case", "new") in again.entries


@given(
    damages=st.lists(
        st.tuples(st.integers(0), st.integers(0, 300), st.binary(max_size=30) | st.just(bytes(200))),
        min_size=1,
        max_size=4,
    )
)
def test_damage_only_affects_the_lines_that_it_hits(
    tmp_path_factory: pytest.TempPathFactory, damages: list[tuple[int, int, bytes]]
) -> None:
    """Each damage replaces some bytes by noise: it overwrites, inserts, removes or empties."""
    out = tmp_path_factory.mktemp("out")
    before = started(out)
    content = before.path.read_bytes()
    written = dict(zip(content.split(b"\n")[1:-1], before.entries, strict=True))
    for place, length, noise in damages:
        start = place % (len(content) + 1)
        content = content[:start] + noise + content[start + length :]
    before.path.write_bytes(content)
    intact = {written[line] for line in content.split(b"\n")[:-1] if line in written}

    again = Journal(out, COMMAND, CONDITIONS)
    assert not again.changed
    assert intact <= again.entries.keys()
    assert again.entries.items() <= before.entries.items()  # no row has changed
    for name in before.entries.keys() - again.entries.keys():
        again.add(name, TABLES)
    again.add(("score", "case", "new"), TABLES)
    assert again.damaged_copy.exists() == (again.damaged > 0)
    last = Journal(out, COMMAND, CONDITIONS)
    assert last.entries == again.entries
    assert last.damaged == 0


def test_a_damaged_line_is_counted_and_the_file_is_kept(tmp_path: Path) -> None:
    before = started(tmp_path)
    head, first, second, third, end = before.path.read_bytes().split(b"\n")
    content = b"\n".join([head, first, second.replace(b"0.33", b"0.35"), third, end])
    before.path.write_bytes(content)
    again = Journal(tmp_path, COMMAND, CONDITIONS)
    assert again.damaged == 1
    assert [*again.entries] == [("score", "case", "0"), ("score", "case", "2")]
    assert before.path.read_bytes() == content  # nothing is written yet
    again.add(("score", "case", "1"), TABLES)
    assert again.damaged_copy.read_bytes() == content
    assert Journal(tmp_path, COMMAND, CONDITIONS).entries == before.entries


def test_a_journal_that_cannot_be_read_is_an_input_error(tmp_path: Path) -> None:
    before = started(tmp_path)
    before.path.unlink()
    before.path.mkdir()
    with pytest.raises(InputError, match=f"{before.path} cannot be read: Is a directory"):
        Journal(tmp_path, COMMAND, CONDITIONS)


def test_nothing_is_written_before_the_first_row_and_nothing_is_left_after_remove(tmp_path: Path) -> None:
    Journal(tmp_path, COMMAND, CONDITIONS).remove()
    assert not [*tmp_path.iterdir()]
    started(tmp_path).remove()
    assert not [*tmp_path.iterdir()]


def test_a_write_error_is_reported_and_loses_no_earlier_row(tmp_path: Path) -> None:
    journal = started(tmp_path)
    content = journal.path.read_bytes()
    journal.path.unlink()
    journal.path.mkdir()
    with pytest.raises(JournalWriteError, match=f"{journal.path}: Is a directory"):
        journal.add(("score", "case", "9"), TABLES)
    assert ("score", "case", "9") not in journal.entries
    journal.path.rmdir()
    journal.path.write_bytes(content + b'{"name": ["score", "' + 9999 * b"c")  # as after a full disk
    journal.add(("score", "case", "9"), TABLES)
    assert Journal(tmp_path, COMMAND, CONDITIONS).entries == journal.entries
