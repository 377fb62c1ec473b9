"""If one file of a folder is damaged, the commands read it or refuse it in one line, without a traceback."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from edited_folders import copied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic_overhead import rounds, write_overhead
from synthetic_peers import row as peers_row
from synthetic_peers import write_peers
from synthetic_rows import record
from synthetic_scaling import steps, write_scaling
from synthetic_timing import row, write_speed
from synthetic_tuning import write_tuned_study

from results.__main__ import main
from results.tables.csv_io import write_table
from results.validity.simulate import measure

Way = tuple[str | int, ...]
"""Keys and places that lead to a value in nested JSON."""

CELLS = st.sampled_from([
    "", " ", "0", "1", "-1", "2", "7", "0.5", "-0.5", "1e308", "-1e308", "1e-320", "1e999", "nan", "inf", "1_0",
    "9" * 19, "1.0", "01", "+1", "\u0661", "true", "none", "NA", "done", "diverged", "failed", "pruned", "dot", "gru",
    "candidate_first", "sqlite", "\xe4", "'", '"', "a,b", "a\nb", "a\x00b", "\ufeff", "x" * 200_000, "$x^{", "<b>", "|",
])  # fmt: skip
VALUES = st.sampled_from([
    None, True, False, 0, 1, -1, 7, 10**30, 0.5, -0.5, 1e308, float("nan"), float("inf"), "", "none", "x", "1", "a\nb",
    "$x^{", "\ud800", "\x1b[31m", "2026-01-01T00:00:00Z", "steps_to_99", [], [None], [1], ["x"], [[]], ["none", "dot"],
    [["dot", "none"]], {}, {"x": 1}, {"x": {}}, {"x": []}, {"learning_rate": {"name": "x", "attributes": {}}},
]).map(deepcopy)  # fmt: skip
JUNK = st.sampled_from(
    [b"", b"\x00", b"\xff", b"\n", b'"', b",", b"\r", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"[" * 100_000]
)
ENCODINGS = ("utf-8-sig", "utf-16", "utf-32", "latin-1", "cp037")


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of a tuned study."""
    folder = tmp_path_factory.mktemp("fuzz") / "studies"
    write_tuned_study(folder, levels=(6,), seeds=2)
    return folder


@pytest.fixture(scope="module")
def times(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All tables of times, and the validity of the rule."""
    folder = tmp_path_factory.mktemp("fuzz") / "times"
    folder.mkdir()
    measure(folder, 1, ["retrograde", "validity"])
    write_speed(folder, [row("greedy", "", name, "none", 1.4, 10, rounds=2) for name in ("none", "general")])
    write_peers(folder, [peers_row(rounds=2)])
    write_overhead(folder, rounds([1.1, 1.2]))
    write_scaling(folder, steps(float, float, rounds=2))
    greedy = [("greedy", "cpu  source 10", name) for name in ("none", "general")]
    peer = ("peers", "training, general, padded_exact, joeynmt, cpu, 1, 64, 32, eager", "padded_exact beside joeynmt")
    write_table(
        folder,
        "rounds",
        [
            {
                "suite": suite, "case": case, "candidate": candidate, "round": number, "order": "baseline_first",
                "candidate_seconds": 1.0, "baseline_seconds": 2.0,
            }
            for suite, case, candidate in [*greedy, peer]
            for number in (1, 2)
        ],
    )  # fmt: skip
    write_table(
        folder,
        "ceilings",
        [{"device": "cpu", "threads": 1, "limit": "copy", "size": 9, "per_second": 1e9, "rounds": 7}],
    )
    write_table(
        folder,
        "checks",
        [
            {"planted": planted, "case": 1, "rounds": 9, "ratio": planted, "ratio_low": 0.9, "ratio_high": 1.1}
            for planted in (1.0, 1.05)
        ],
    )
    record(folder, "checks", ["python", "-m", "benchmarks", "check"], {})
    path = folder / "provenance.json"
    path.write_text(path.read_text().replace('"profile": "quick"', '"profile": "1 cases"'))
    return folder


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), command=st.sampled_from(["report", "index", "compare", "compare_from"]))
def test_damaged_times_are_read_or_refused_in_one_line(
    times: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], data: st.DataObject,
    command: str,
) -> None:  # fmt: skip
    check(times, tmp_path_factory, capsys, data, command)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), command=st.sampled_from(["index", "compare", "compare_from"]))
def test_damaged_studies_are_read_or_refused_in_one_line(
    studies: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], data: st.DataObject,
    command: str,
) -> None:  # fmt: skip
    check(studies, tmp_path_factory, capsys, data, command)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_reports_of_damaged_studies_are_written_or_refused_in_one_line(
    studies: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    """Separate, because drawing the figures takes seconds."""
    check(studies, tmp_path_factory, capsys, data, "report")


def check(
    valid: Path, places: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str], data: st.DataObject, command: str
) -> None:
    folder = copied(valid, places.mktemp("damaged") / "damaged")
    tables = sorted(path.name for path in folder.glob("*.csv"))
    damage(folder / data.draw(st.just("provenance.json") | st.sampled_from(tables)), data)
    before = {file.name: file.read_bytes() for file in folder.glob("*.csv") if file.is_file()}
    words = {"index": [folder.parent], "compare": [folder, valid], "compare_from": [valid, folder], "report": [folder]}
    status = main([command.removesuffix("_from"), *map(str, words[command])])
    _, err = capsys.readouterr()
    assert (status, err.count("\n")) in ({(0, 0), (1, 0), (2, 1)} if "compare" in command else {(0, 0), (2, 1)})
    assert {file.name: file.read_bytes() for file in folder.glob("*.csv") if file.is_file()} == before


def damage(path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["content", "content", "content", "bytes", "cut", "encoding", "ends", "removed"]))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content)), label="place") if kind in ("bytes", "cut") else 0
    if kind == "cut":
        path.write_bytes(content[:place])
    elif kind == "bytes":
        path.write_bytes(content[:place] + data.draw(JUNK) + content[place + data.draw(st.integers(0, 9)) :])
    elif kind == "encoding":
        path.write_bytes(content.decode().encode(data.draw(st.sampled_from(ENCODINGS)), errors="replace"))
    elif kind == "ends":
        path.write_bytes(content.replace(b"\n", data.draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", b""]))))
    elif kind == "removed":
        path.unlink()
        if data.draw(st.booleans(), label="a folder in its place"):
            path.mkdir()
    elif path.suffix == ".csv":
        path.write_text(other_rows(content.decode(), data), newline="")
    else:
        path.write_text(json.dumps(other_values(json.loads(content), data)))


def other_rows(text: str, data: st.DataObject) -> str:
    """The table with lines or columns removed, doubled or in another order, or with other values in cells."""
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    kind = data.draw(st.sampled_from(["cell", "cell", "column", "rows", "columns", "header"]))
    column = data.draw(st.integers(0, len(header) - 1), label="column")
    if kind == "header":
        header[column] = data.draw(CELLS)
    elif kind == "column":  # with one value or two
        texts = data.draw(st.lists(CELLS, min_size=1, max_size=2))
        lines = [[*line[:column], texts[n % len(texts)], *line[column + 1 :]] for n, line in enumerate(lines)]
    elif kind == "cell":
        for line in data.draw(st.lists(st.integers(0, len(lines) - 1), min_size=1, max_size=2)):
            lines[line] = [*lines[line][:column], data.draw(CELLS), *lines[line][column + 1 :]]
    elif kind == "rows":
        chosen = st.lists(st.integers(0, len(lines) - 1), max_size=len(lines))
        lines = [lines[line] for line in data.draw(chosen | st.permutations(range(len(lines))))]
    else:
        order = data.draw(st.lists(st.integers(0, len(header) - 1), max_size=len(header) + 1))
        header, *lines = [[line[column] for column in order] for line in (header, *lines)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([header, *lines])
    return out.getvalue()


def other_values(content: Any, data: st.DataObject) -> Any:
    """The JSON content with a value replaced, removed or under another key."""
    for _ in range(data.draw(st.integers(1, 2))):
        found = [way for way in ways(content, ()) if way]
        *outer, last = data.draw(st.sampled_from(found or [("parts",)]), label="way")
        inside = content
        for key in outer:
            inside = inside[key]
        kind = data.draw(st.sampled_from(["other", "other", "lost", "more"]))
        if kind == "other":
            inside[last] = data.draw(VALUES)
        elif kind == "lost":
            inside.pop(last, None) if isinstance(inside, dict) else inside.pop(last)
        elif isinstance(inside, dict):
            inside["more"] = data.draw(VALUES)
        else:
            inside.append(data.draw(VALUES))
    return content


def ways(content: Any, way: Way) -> Iterator[Way]:
    yield way
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inside:
        yield from ways(value, (*way, key))
