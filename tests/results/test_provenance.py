"""Provenance has all required facts, keeps the other parts, and names no person, host or path."""

from __future__ import annotations

import datetime
import getpass
import json
import platform
import socket

import pytest

from results.errors import InputError
from results.tables import provenance

STARTED = datetime.datetime(2026, 3, 1, 13, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))


def record(folder, part="study", **changes):
    given = {
        "command": ["nox", "-s", "studies"], "profile": "quick", "threads": 2, "gpu": None, "started": STARTED,
        "settings": {"baseline": "none"},
    }  # fmt: skip
    provenance.record(folder, part, **{**given, **changes})


def test_a_part_records_how_the_rows_were_produced(tmp_path):
    record(tmp_path)
    part = provenance.read(tmp_path)["study"]
    assert part["started"] == "2026-03-01T12:00:00Z"
    assert part["started"] < part["finished"]
    assert part["python"] == platform.python_version()
    assert part["versions"]["torch"].startswith("2.")
    assert part["machine"]["processor"]
    assert part["machine"]["cores"] >= 1
    assert part["machine"]["memory_gib"] > 0.1
    assert part["command"] == ["nox", "-s", "studies"]
    assert part["settings"] == {"baseline": "none"}


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx avx2 avx512f", "AMD EPYC (family 25, model 17, AVX-512)"),
        ("fpu avx avx2", "AMD EPYC (family 25, model 17, AVX2)"),
        ("fpu", "AMD EPYC (family 25, model 17)"),
    ],
)
def test_processors_with_one_name_are_distinguished(flags, expected):
    first = f"cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nflags\t\t: {flags}\n"
    assert provenance.processor_of(f"{first}\n{first.replace('EPYC', 'other')}") == expected


@pytest.mark.parametrize("cpuinfo", ["", "BogoMIPS\t: 50.00\nFeatures\t: fp asimd\n"])
def test_a_processor_without_a_name_has_that_of_the_platform(cpuinfo):
    assert provenance.processor_of(cpuinfo) == (platform.processor() or platform.machine())


def test_a_part_replaces_itself_and_leaves_the_others(tmp_path):
    record(tmp_path, "benchmarks", profile="smoke")
    record(tmp_path, profile="smoke")
    record(tmp_path, profile="full")
    parts = provenance.read(tmp_path)
    assert {name: part["profile"] for name, part in parts.items()} == {"benchmarks": "smoke", "study": "full"}


def test_provenance_contains_no_host_user_or_path(tmp_path):
    record(tmp_path)
    text = (tmp_path / "provenance.json").read_text()
    machine = json.loads(text)["parts"]["study"]["machine"]
    assert socket.gethostname() not in json.dumps(machine)
    assert getpass.getuser() not in machine.values()
    assert str(tmp_path) not in text
    assert str(provenance._ROOT) not in text


NOISE = {"seconds": 12.5, "other_cores": 0.3, "load_average": None, "control_spread": 0.01}


def test_noise_is_recorded_where_times_are_measured(tmp_path):
    record(tmp_path, "benchmarks", noise=NOISE)
    record(tmp_path)
    parts = provenance.read(tmp_path)
    assert parts["benchmarks"]["noise"] == NOISE
    assert "noise" not in parts["study"]


def test_a_missing_file_reads_as_none(tmp_path):
    assert provenance.read(tmp_path) == {}


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"parts": []}', '{"parts": {"study": 1}}', "\xff", "[" * 100_000),
        *('{"parts": {}, "a": NaN}', '{"parts": {}, "a": "\\ud800"}'),
    ],
)
def test_a_damaged_file_is_refused_and_not_replaced(tmp_path, text):
    path = tmp_path / "provenance.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match="not readable; expected"):
        record(tmp_path)
    assert path.read_text(encoding="latin-1") == text


def test_settings_that_are_not_json_are_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        record(tmp_path, settings={"rate": float("nan")})


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"threads": True}, "parts.study.threads is True"),
        ({"machine": {"cores": "two"}}, "parts.study.machine lacks gpu, memory_gib, processor, system"),
        ({"commit": {"id": 7, "dirty": False}}, "parts.study.commit.id is 7"),
        ({"versions": {"torch": None}}, "parts.study.versions.torch is None"),
        ({"command": ["python", 3]}, "parts.study.command is 3"),
        ({"noise": {"seconds": 3.0}}, "parts.study.noise lacks control_spread, load_average, other_cores"),
        ({"noise": {**NOISE, "other_cores": "idle"}}, "parts.study.noise.other_cores is 'idle'"),
    ],
)
def test_a_part_with_a_wrong_type_is_refused_with_its_position(tmp_path, changes, wrong):
    record(tmp_path)
    path = tmp_path / "provenance.json"
    content = json.loads(path.read_text())
    content["parts"]["study"] |= changes
    path.write_text(json.dumps(content))
    with pytest.raises(InputError) as caught:
        provenance.read(tmp_path)
    assert wrong in str(caught.value)
    assert "\n" not in str(caught.value)
