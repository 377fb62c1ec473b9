"""Several commands extend one scaling.csv, and each continues its own rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from synthetic_scaling import steps, studies

from results.errors import InputError
from results.load import LoadMeter
from results.tables import provenance
from results.tables.csv_io import read_table
from results.tables.scaling_rows import ScalingRows

STEPS = steps(float, float, rounds=1)
STUDIES = studies([6.0, 61.0, 605.0])


def opened(folder: Path, part: str = "scaling_runs_sqlite", **more: Any) -> ScalingRows:
    given = {"command": ["retrograde", part], "profile": "quick", "settings": {"run": {"epochs": 1}}, **more}
    return ScalingRows(folder, part, **given)


def add(table: ScalingRows, rows: list[dict[str, Any]]) -> None:
    table.add(rows, LoadMeter().read())


def seconds(folder: Path) -> list[float]:
    return read_table(folder, "scaling")["seconds"].tolist()


def test_a_part_continues_with_its_rows_and_keeps_those_of_others(tmp_path: Path) -> None:
    add(opened(tmp_path, "scaling_steps"), STEPS)
    add(opened(tmp_path), STUDIES[:1])
    earlier = provenance.read(tmp_path)
    table = opened(tmp_path)
    assert table.changed == []
    assert [table.has({"work": "study", "storage": "sqlite", "size": size}) for size in (100, 1000)] == [True, False]
    add(table, STUDIES[1:])
    assert seconds(tmp_path) == [*(row["seconds"] for row in STEPS), 6.0, 61.0, 605.0]
    parts = provenance.read(tmp_path)
    assert parts["scaling_steps"] == earlier["scaling_steps"]
    assert parts["scaling_runs_sqlite"]["settings"] == {"run": {"epochs": 1}, "rows": 3}
    assert parts["scaling_runs_sqlite"]["started"] == earlier["scaling_runs_sqlite"]["started"]
    assert parts["scaling_runs_sqlite"]["noise"]["seconds"] >= earlier["scaling_runs_sqlite"]["noise"]["seconds"]


def test_two_commands_at_a_time_keep_the_rows_of_each_other(tmp_path: Path) -> None:
    tables = opened(tmp_path), opened(tmp_path, "scaling_steps")
    add(tables[0], STUDIES[:2])
    add(tables[1], STEPS)
    add(tables[0], STUDIES[2:])
    assert seconds(tmp_path) == [*(row["seconds"] for row in STEPS), 6.0, 61.0, 605.0]


def test_a_damaged_table_is_refused_before_a_measurement(tmp_path: Path) -> None:
    (tmp_path / "scaling.csv").write_text("work,axis")
    with pytest.raises(InputError, match=r"scaling\.csv, line 1: torn"):
        opened(tmp_path)


def test_what_a_command_has_measured_for_itself_is_continued(tmp_path: Path) -> None:
    first = opened(tmp_path, "scaling_steps")
    first.settings["peaks"] = {"tanh": 2.0}
    add(first, STEPS)
    assert opened(tmp_path, "scaling_steps").settings["peaks"] == {"tanh": 2.0}


def test_rows_of_other_conditions_are_replaced(tmp_path: Path) -> None:
    add(opened(tmp_path), STUDIES)
    path = tmp_path / "provenance.json"
    content = json.loads(path.read_text())
    content["parts"]["scaling_runs_sqlite"]["versions"]["torch"] = "0.1"
    path.write_text(json.dumps(content))
    table = opened(tmp_path)
    assert (table.changed, table.rows) == (["versions"], [])
    planned = [{name: row[name] for name in ("work", "axis", "size")} for row in STUDIES]
    table.check_replaced(planned)
    before = path.with_name("scaling.csv").read_bytes()
    with pytest.raises(InputError, match="that this command does not measure, and other conditions hold now: versions"):
        table.check_replaced(planned[:-1])
    assert path.with_name("scaling.csv").read_bytes() == before
    add(table, studies([1.0], sizes=(100,)))
    assert seconds(tmp_path) == [1.0]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"profile": "full"}, "with profile quick, not full; choose another folder with --out"),
        ({"settings": {"run": {"epochs": 2}}}, "with run .*1.*, not .*2.*; choose another folder"),
    ],
)
def test_another_measurement_is_refused(tmp_path: Path, more: dict[str, Any], message: str) -> None:
    add(opened(tmp_path), STUDIES)
    with pytest.raises(InputError, match=f"holds rows of scaling_runs_sqlite {message}"):
        opened(tmp_path, **more)
    assert opened(tmp_path, "scaling_runs_postgresql", **more).rows == []
