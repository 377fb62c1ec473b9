"""`describe` updates the descriptions of recorded rows, and refuses a study with other measurements."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import refused

from results.page.provenance import facts
from results.tables import provenance
from studies import catalog
from studies.command_line.cli import main
from studies.commands.export import record_provenance
from studies.planning.plan import plan

NOISE = {"seconds": 60.0, "other_cores": 0.5, "load_average": 2.0, "control_spread": None}


def recorded(folder: Path, name: str = "attention", *words: str, **settings: Any) -> dict[str, Any]:
    """Records a study as `run` does; returns its settings."""
    folder.mkdir()
    command = ["python", "-m", "studies", "run", name, "--profile", "smoke", *words]
    record_provenance(
        folder,
        name,
        plan(catalog.load(name), "smoke", settings=settings),
        {},
        [],
        command=command,
        device="cpu",
        noise=NOISE,
    )
    found: dict[str, Any] = provenance.read(folder)["study"]["settings"]
    return found


def change(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((folder / "provenance.json").read_text())
    change(content["parts"]["study"]["settings"])
    (folder / "provenance.json").write_text(json.dumps(content))


def other_descriptions(settings: dict[str, Any]) -> None:
    """Other descriptions and published values, and no decision."""
    settings["question"] = "Which?"
    settings["published"] = [{"arm": "dot", "figure": "exact_match", "epoch": 1, "low": 0.5, "high": 0.5}]
    for one in [*settings["contrasts"], *settings["switches"]]:
        one["says"] = "another description"
    del settings["decision"]


def as_before(settings: dict[str, Any]) -> None:
    """As an older version recorded it, with fewer settings."""
    del settings["model"]["compile"], settings["at_levels"]
    if not settings["training"]["test_lengths"]:
        del settings["training"]["test_lengths"]


def test_a_folder_whose_lengths_are_of_targets_keeps_them(tmp_path: Path) -> None:
    """As an earlier version recorded them. `differences` are descriptions."""
    folder = tmp_path / "ibm_toy"
    declared = recorded(folder, "ibm_toy")

    def earlier(settings: dict[str, Any]) -> None:
        for at in settings["at_levels"]:
            at["longest_target"] = at.pop("longest_source")
            del at["shortest_source"]
        del settings["differences"]

    assert declared["differences"]
    change(folder, earlier)
    assert main(["describe", str(folder)]) == 0
    found = provenance.read(folder)["study"]["settings"]
    assert [{*at} & {"longest_target", "longest_source"} for at in found["at_levels"]] == [{"longest_target"}]
    assert found["differences"] == declared["differences"]


@pytest.mark.parametrize("name", catalog.names())
def test_only_descriptions_are_updated(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / name
    declared = recorded(folder, name)
    change(folder, other_descriptions)
    change(folder, as_before)
    before = provenance.read(folder)["study"]
    assert main(["describe", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: {declared['question']}\n"
    after = provenance.read(folder)["study"]
    assert {**after, "settings": None} == {**before, "settings": None}
    described = after["settings"].pop("described")
    assert set(described) == {"at", "commit"}
    as_before(declared)
    assert after["settings"] == declared


def test_the_processors_of_the_nodes_of_a_cluster_do_not_count(tmp_path: Path) -> None:
    recorded(tmp_path / "x")
    change(tmp_path / "x", other_descriptions)
    change(tmp_path / "x", lambda settings: settings.update(processors=["one", "two"]))
    assert main(["describe", str(tmp_path / "x")]) == 0
    assert provenance.read(tmp_path / "x")["study"]["settings"]["processors"] == ["one", "two"]


def test_the_report_gives_the_day_of_the_update(tmp_path: Path) -> None:
    recorded(tmp_path / "x")
    assert "words" not in dict(facts(provenance.read(tmp_path / "x")["study"]))
    change(tmp_path / "x", other_descriptions)
    main(["describe", str(tmp_path / "x")])
    part = provenance.read(tmp_path / "x")["study"]
    assert dict(facts(part))["words"].startswith(f"updated {part['settings']['described']['at']} at commit ")


def test_current_descriptions_are_not_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path / "x")
    before = (tmp_path / "x" / "provenance.json").read_bytes()
    assert main(["describe", str(tmp_path / "x")]) == 0
    assert capsys.readouterr().out.endswith("the descriptions are already those of the study attention\n")
    assert (tmp_path / "x" / "provenance.json").read_bytes() == before


def test_describe_accepts_rows_with_settings_of_the_command(tmp_path: Path) -> None:
    recorded(tmp_path / "x", "attention", "--set", "cell=lstm", "--set=batch_size=8", cell="lstm", batch_size=8)
    change(tmp_path / "x", other_descriptions)
    assert main(["describe", str(tmp_path / "x")]) == 0


def test_the_pairs_of_a_folder_may_be_named_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The recorded command has their file's name only."""
    data = tmp_path / "pairs.tsv"
    data.write_text("".join(f"{n}\t{n}\n" for n in range(40)))
    recorded(tmp_path / "x", "attention", "--data", "pairs.tsv", task="pairs", data=str(data))
    change(tmp_path / "x", other_descriptions)
    assert main(["describe", str(tmp_path / "x")]) == 2
    assert "pairs.tsv: no such file or directory" in capsys.readouterr().err
    assert main(["describe", str(tmp_path / "x"), "--data", str(data)]) == 0


def test_run_keeps_updated_descriptions_of_complete_rows(tmp_path: Path) -> None:
    recorded(tmp_path / "x")
    change(tmp_path / "x", other_descriptions)
    main(["describe", str(tmp_path / "x")])
    planned = plan(catalog.load("attention"), "smoke")
    assert not record_provenance(
        tmp_path / "x", "attention", planned, {}, [], command=["run"], device="cpu", noise=NOISE
    )
    assert "described" in provenance.read(tmp_path / "x")["study"]["settings"]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        (lambda settings: settings["training"].update(learning_rate=0.5), "training"),
        (lambda settings: settings["model"].update(compile=True), "model"),
        (lambda settings: settings["task"].update(letters=3), "task"),
        (lambda settings: settings["arms"]["dot"].update(score="general"), "arms"),
        (lambda settings: settings["factors"].update(max_length=[5]), "factors"),
        (lambda settings: settings["contrasts"].pop(), "contrasts"),
        (lambda settings: settings["contrasts"][0].update(against="general"), "contrasts"),
        (lambda settings: settings.update(primary="exact_match", baseline="dot"), "baseline, primary"),
        (lambda settings: settings.update(tuning={"seeds": [1]}), "tuning"),
    ],
)
def test_a_study_with_other_measurements_or_comparisons_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: Callable[[dict[str, Any]], object], what: str
) -> None:
    folder = tmp_path / "x"
    recorded(folder)
    change(folder, other_descriptions)
    change(folder, changed)
    before = (folder / "provenance.json").read_bytes()
    assert main(["describe", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"recorded with other {what} than the study attention declares now; expected a study that" in err
    assert (folder / "provenance.json").read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda folder: (folder / "provenance.json").unlink(),
            "no study in provenance.json; expected the output folder",
        ),
        (lambda folder: change(folder, lambda settings: settings.update(name="depth")), "unknown study 'depth'"),
        (
            lambda folder: (folder / "provenance.json").rename(folder.parent / "away") and folder.rmdir(),
            "no such folder; expected the output folder of a study",
        ),
    ],
)
def test_a_folder_without_a_known_study_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], object], message: str
) -> None:
    recorded(tmp_path / "x")
    damage(tmp_path / "x")
    assert main(["describe", str(tmp_path / "x")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_a_study_from_outside_is_refused_without_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its file is needed."""
    recorded(tmp_path / "out")
    change(tmp_path / "out", lambda settings: settings.update(code={"my_study.py": "3ea4768fa506"}))
    line = refused(["describe", str(tmp_path / "out")], capsys)
    assert "the study attention has code from outside this project" in line
    assert "expected --study and its file" in line
    change(tmp_path / "out", lambda settings: settings.update(code={"extras": "1.0"}))
    assert "expected a new run in another folder" in refused(["describe", str(tmp_path / "out")], capsys)
    line = refused(["describe", str(tmp_path / "out"), "--study", "attention"], capsys)
    assert "the study attention is not from a file; expected no --study" in line
