"""Times of a study on the CPU of one machine and on the GPU of another: what the report says of where they are from."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

from synthetic_rows import write_study
from synthetic_timing import study_rows, write_study_times

from results.__main__ import main
from results.compare.folders import compare_folders
from results.report.build import build_with_answers
from results.report.training_time.answer import _measured_on
from results.tables.csv_io import read_table, write_table
from results.tables.table_file import remove_table

LEVELS = (7, 14)


def test_times_of_a_gpu_of_another_machine_stand_beside_those_of_the_cpu(tmp_path: Path) -> None:
    """The rows of both devices are in the same tables, and each session has its part of the provenance."""
    folder = tmp_path / "study"
    write_study(folder, levels=LEVELS)
    rows = study_rows(lengths=LEVELS)
    on_gpu = [
        {**row, "device": "cuda", "threads": 1, "case": row["case"].replace("cpu, 1 thread", "cuda, 1 thread")}
        for row in rows
        if row["case"].startswith("cpu, 1 thread,")
    ]
    write_study_times(folder, [*rows, *on_gpu])
    document = json.loads((folder / "provenance.json").read_text())
    parts = document["parts"]
    machine = {**parts["benchmarks"]["machine"], "processor": "another", "gpu": "NVIDIA H200"}
    parts["benchmarks_cuda"] = {**parts["benchmarks"], "machine": machine}
    (folder / "provenance.json").write_text(json.dumps(document))
    answer = build_with_answers(folder)[1]["training_time"]
    page, speed = ((folder / f"{name}.md").read_text() for name in ("report", "speed"))
    assert re.search(r"Measured on [^.]+\. Times of a step on cuda measured on .* NVIDIA H200\.", page)
    assert "No run was trained on cuda; times to 99% on it are the steps of the runs times the time of a step" in page
    assert "Times on cuda are not measured" not in page
    assert any("cpu, 1 thread, cpu, 2 threads and cuda)" in point for point in answer.points)
    for text in (page, speed):
        assert "<summary>benchmarks_cuda: <code>" in text
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    other = {**parts, "benchmarks_cuda": {**parts["benchmarks_cuda"], "machine": {**machine, "gpu": "NVIDIA H100"}}}
    (again / "provenance.json").write_text(json.dumps({"parts": other}))
    notes = compare_folders(folder, again, times=False).notes  # the conditions of each device are its own
    assert [note.partition(":")[0] for note in notes] == ["benchmarks_cuda", "benchmarks"]
    assert "none changed" in notes[1]
    assert "times are not compared" in notes[0]
    alone = tmp_path / "alone"
    shutil.copytree(folder, alone)
    on_gpu_alone = read_table(alone, "throughput").query("device == 'cuda'").astype(object)
    write_table(alone, "throughput", on_gpu_alone.where(on_gpu_alone.notna(), None).to_dict("records"))
    remove_table(alone, "rounds")
    only = {"study": parts["study"], "benchmarks": parts["benchmarks_cuda"]}  # as earlier versions named it
    (alone / "provenance.json").write_text(json.dumps({"parts": only}))
    (note,) = compare_folders(folder, alone, times=False).notes
    assert note.startswith("benchmarks_cuda: 28 ratios of times compared, none changed")
    for missing, needed in {"benchmarks": "benchmarks", "benchmarks_cuda": ""}.items():
        left = {name: part for name, part in parts.items() if name != missing}
        (folder / "provenance.json").write_text(json.dumps({"parts": left}))
        assert main(["report", str(folder)]) == (2 if needed else 0)


def test_steps_and_times_of_two_machines_are_named_apart() -> None:
    def part(processor: str, day: str) -> dict[str, Any]:
        return {"finished": f"{day}T10:00:00", "machine": {"processor": processor, "cores": 2, "gpu": None}}

    one, other = part("A", "2026-11-01"), part("B", "2026-11-02")
    assert _measured_on(one, [one]) == "Measured on 2026-11-01 on A, 2 cores."
    assert _measured_on(one, [other]) == (
        "Steps measured on 2026-11-01 on A, 2 cores. Times of a step measured on 2026-11-02 on B, 2 cores."
    )
