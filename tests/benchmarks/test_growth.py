"""`retrograde scaling-steps`, at a small size: every line is timed at every size, and a part is not timed again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import benchmarks.growth.measure
import retrograde
from benchmarks.growth.lines import BASE, PROFILES, Line, lines, models
from benchmarks.growth.measure import measure_line, prepare
from benchmarks.roofline.work import COUNTED_SCORES
from results.tables import provenance
from results.tables.csv_io import read_table
from results.terminal.folder_lock import LOCK, lock_folder
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores import SCORES

RATES = {"matmul": 1e11, "tanh": 1e9, "reciprocal": 1e10, "copy": 1e11}


def command(folder: Path) -> int:
    return retrograde.run(["scaling-steps", "--profile", "smoke", "--out", str(folder)])


def test_a_line_that_is_missing_is_timed_and_the_others_stay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = PROFILES["smoke"]
    assert command(tmp_path) == 0
    out, err = capsys.readouterr()
    assert "Does the cost grow at most as fast as the work?\nNo verdict.\n" in out
    assert "6/6" in err
    rows = read_table(tmp_path, "scaling")
    found = rows.groupby(["cell", "score", "query", "axis"])["size"].apply(lambda sizes: tuple(sorted(sizes)))
    assert found.to_dict() == {
        ("gru", score, query, axis): tuple(sorted(profile.sizes[axis] * profile.rounds))
        for score, query in (("general", "current"), ("additive", "previous"))
        for axis in profile.sizes
    }
    path = tmp_path / "scaling.csv"
    kept = [line for line in path.read_text().splitlines(keepends=True) if not line.startswith("step,batch")]
    path.write_text("".join(kept))
    monkeypatch.setattr(benchmarks.growth.measure, "measure_peak", None)  # the peaks of the first command hold
    assert command(tmp_path) == 0
    assert "2/2" in capsys.readouterr().err
    assert path.read_text().startswith("".join(kept))
    assert len(read_table(tmp_path, "scaling")) == len(rows)
    part = provenance.read(tmp_path)["scaling_steps"]
    assert part["settings"]["rows"] == len(rows)
    assert set(part["settings"]["peaks"]) == set(RATES)


def test_a_folder_that_another_command_uses_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with lock_folder(tmp_path):
        assert command(tmp_path) == 2
    assert capsys.readouterr().err.startswith(f"retrograde: {tmp_path}: another command is using it; wait until")
    assert [path.name for path in tmp_path.iterdir()] == [LOCK]


def test_every_score_and_cell_has_a_line_on_each_axis() -> None:
    chosen = models(few=False)
    assert {model.score for model in chosen} == {None, *(SCORES.keys() & set(COUNTED_SCORES))}
    for query, score in (("current", "general"), ("previous", "additive")):
        assert {m.cell for m in chosen if (m.query, m.score) == (query, score)} == set(CELLS)
    assert {line.axis for line in lines(PROFILES["full"])} == set(BASE)


@pytest.mark.parametrize(
    ("axis", "size", "least", "most"),
    [("length", 64, 2.0, 4.0), ("batch", 64, 1.9, 2.0), ("hidden_size", 128, 2.0, 4.0)],
)
def test_the_work_of_twice_the_size_is_that_of_its_formula(axis: str, size: int, least: float, most: float) -> None:
    """Twice the length has four times the pairs and twice the tokens; twice the channels four times the products."""
    line = Line(ModelConfig(score="additive"), axis, (BASE[axis], size))
    half, whole = (prepare(line, one, PROFILES["smoke"], RATES).work_seconds for one in line.sizes)
    assert least < whole / half < most


def test_a_round_times_every_size_once_with_the_sizes_that_it_says() -> None:
    line = Line(ModelConfig(cell="rnn"), "batch", (2, 3, 5))
    rows = [*measure_line(line, replace(PROFILES["smoke"], rounds=6), RATES)]
    orders = [tuple(row["size"] for row in rows if row["round"] == number) for number in range(1, 7)]
    assert {tuple(sorted(order)) for order in orders} == {(2, 3, 5)}
    assert len(set(orders)) > 1
    assert all(row["batch"] == row["size"] and row["length"] == BASE["length"] and row["seconds"] > 0 for row in rows)
