"""A folder holds one kind of session: what is refused, which folder is offered, and the names of default folders."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.session.kind import Kind, default_folder, part_of, refuse_other_kind
from results.errors import InputError
from results.tables import provenance

COMMAND = ("python", "-m", "pytest", "benchmarks")
ASKED = Kind(profile="quick", device="cpu", threads=2, data="", selection=("benchmarks",))
WORDS = st.lists(st.text(min_size=1, max_size=200), max_size=4)


def record_session(out: Path, *options: str, gpu: str | None = None, part: str = "benchmarks") -> None:
    """The provenance of a session of the kind `ASKED`, or with other options."""
    out.mkdir(exist_ok=True)
    provenance.record(
        out,
        part,
        command=[*COMMAND, "--retrograde-profile", "quick", *options],
        profile="quick",
        threads=2,
        gpu=gpu,
        started=datetime.now(UTC),
        settings={},
    )


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            replace(ASKED, profile="smoke"),
            "a session with profile quick, and this one has profile smoke; choose another folder, such as --out "
            "{out}-smoke",
        ),
        (
            replace(ASKED, selection=("benchmarks", "-k", "metric")),
            "selection every suite, and this one has selection benchmarks -k metric; choose another folder, such as "
            "--out {out}-k=metric",
        ),
        (
            replace(ASKED, threads=1, device="cpu,cuda"),
            "device cpu and threads 2, and this one has device cpu,cuda and threads 1; choose another folder, such as "
            "--out {out}-device=cpu_cuda-threads=1",
        ),
        (
            replace(ASKED, study="lengths, quick"),
            "study none, and this one has study lengths, quick; choose another folder, such as --out {out}-of=lengths",
        ),
    ],
)
def test_another_kind_of_session_is_refused_in_a_line_that_says_what_differs(
    tmp_path: Path, other: Kind, message: str
) -> None:
    out = tmp_path / "benchmarks"
    record_session(out)
    refuse_other_kind(out, ASKED)
    with pytest.raises(InputError, match=re.escape(message.format(out=out))):
        refuse_other_kind(out, other)


def test_a_session_of_everything_is_refused_in_the_folder_of_a_selection(tmp_path: Path) -> None:
    record_session(tmp_path, "-k", "lstm")
    with pytest.raises(InputError, match=f"such as --out {tmp_path}-all$"):
        refuse_other_kind(tmp_path, ASKED)


@pytest.mark.parametrize(
    ("gpu", "options", "device"),
    [(None, (), "cpu"), ("NVIDIA H200", (), "cpu,cuda"), ("NVIDIA H200", ("--retrograde-device", "cuda"), "cuda")],
)
def test_a_session_without_device_is_on_every_device_of_its_machine(
    tmp_path: Path, gpu: str | None, options: tuple[str, ...], device: str
) -> None:
    record_session(tmp_path, *options, gpu=gpu)
    refuse_other_kind(tmp_path, replace(ASKED, device=device))
    for other in {"cpu", "cuda", "cpu,cuda"} - {device} - ({"cuda"} if device == "cpu" else set()):
        with pytest.raises(InputError, match=f"device {device}, and this one has device {other};"):
            refuse_other_kind(tmp_path, replace(ASKED, device=other))


def test_a_gpu_of_another_machine_can_be_timed_into_the_folder_of_a_cpu_but_not_with_another_study(
    tmp_path: Path,
) -> None:
    record_session(tmp_path)
    on_gpu = replace(ASKED, device="cuda", profile="full", threads=16)
    refuse_other_kind(tmp_path, on_gpu)
    record_session(tmp_path, gpu="NVIDIA H200", part="benchmarks_cuda")  # its command may name no device
    refuse_other_kind(tmp_path, replace(ASKED, device="cuda", threads=16))
    refuse_other_kind(tmp_path, ASKED)
    for asked in (on_gpu, replace(ASKED, study="lengths, quick")):
        with pytest.raises(InputError, match="this one has"):
            refuse_other_kind(tmp_path, asked)


@pytest.mark.parametrize(
    "asked",
    [
        replace(ASKED, device="cuda", profile="smoke"),  # the report would have no verdict on the CPU either
        replace(ASKED, device="cuda", selection=("benchmarks", "-k", "metric")),
        replace(ASKED, device="cuda", data="pairs.tsv by characters"),
        replace(ASKED, device="cpu,cuda"),
    ],
    ids=lambda asked: f"{asked.profile} {' '.join(asked.selection)} {asked.data} {asked.device}",
)
def test_what_cannot_be_added_to_the_times_of_a_cpu_is_refused(tmp_path: Path, asked: Kind) -> None:
    record_session(tmp_path)
    with pytest.raises(InputError, match="this one has"):
        refuse_other_kind(tmp_path, asked)


def test_times_of_peers_are_not_mixed_with_those_of_a_gpu(tmp_path: Path) -> None:
    """Their rounds are in the same table."""
    record_session(tmp_path, part="peers")
    with pytest.raises(InputError, match="device cpu, and this one has device cuda"):
        refuse_other_kind(tmp_path, replace(ASKED, device="cuda"))


def test_a_session_on_a_gpu_alone_has_a_part_of_its_own(tmp_path: Path) -> None:
    assert part_of(tmp_path, ["cuda"]) == "benchmarks_cuda"
    record_session(tmp_path, "--retrograde-device", "cuda", gpu="NVIDIA H200")  # by an earlier version
    assert part_of(tmp_path, ["cuda"]) == "benchmarks"
    record_session(tmp_path)
    assert part_of(tmp_path, ["cpu", "cuda"]) == part_of(tmp_path, ["cpu"]) == "benchmarks"
    assert part_of(tmp_path, ["cuda"]) == "benchmarks_cuda"
    record_session(tmp_path, gpu="NVIDIA H200", part="benchmarks_cuda")
    assert part_of(tmp_path, ["cuda"]) == "benchmarks_cuda"
    assert part_of(tmp_path, ["cpu"]) == "benchmarks"


def test_a_folder_without_a_session_takes_any(tmp_path: Path) -> None:
    refuse_other_kind(tmp_path, ASKED)


@pytest.mark.parametrize(
    ("profile", "device", "selection", "name"),
    [
        ("quick", None, ("benchmarks",), "benchmarks"),
        ("smoke", None, ("benchmarks",), "benchmarks-smoke"),
        ("quick", "cpu", ("benchmarks", "-k", "lstm and not packed"), "benchmarks-device=cpu-k=lstm_and_not_packed"),
        ("full", None, ("benchmarks/suites/bench_scores.py",), "benchmarks-full-bench_scores"),
        ("quick", None, ("benchmarks", "-k", "score", "--last-failed"), "benchmarks-k=score-last-failed"),
        ("quick", None, ("benchmarks/peers",), "peers"),
        ("smoke", None, ("benchmarks/peers", "-m", "gpu"), "peers-smoke-m=gpu"),
    ],
)
def test_the_default_folder_is_named_by_what_differs_from_the_default(
    profile: str, device: str | None, selection: tuple[str, ...], name: str
) -> None:
    assert default_folder({"profile": profile, "device": device}, selection) == name


@given(files=WORDS, keywords=WORDS)
def test_a_name_is_one_component_of_a_path_and_differs_for_long_selections(
    files: list[str], keywords: list[str]
) -> None:
    selection = [*(f"./{name}" for name in files), *(word for text in keywords for word in ("--deselect", text))]
    name = default_folder({"profile": "quick"}, selection)
    assert len(name) < 255
    assert re.fullmatch(r"benchmarks(-[\w.=+-]*)?", name, re.ASCII)
    if len(name) > 100:
        assert default_folder({"profile": "quick"}, [*selection, "-k", "x"]) != name
