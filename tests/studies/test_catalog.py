"""Studies are found by their files, and each of them can be planned."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from seq2seq_core.config import ConfigError
from seq2seq_core.config.presets import preset
from studies import PROFILES, catalog
from studies.commands.export import settings_of
from studies.planning import run as runs
from studies.planning.plan import plan
from studies.recipes.article import SLIPS


def test_names_are_listed_without_importing_a_large_package() -> None:
    code = "import sys; from studies import catalog; print(catalog.names(), 'torch' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == f"{catalog.names()} False\n"


def test_an_unknown_study_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"unknown study 'atention'; did you mean 'attention'\?"):
        catalog.load("atention")


def test_a_study_name_that_pandas_does_not_read_as_a_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "null.py").write_text("from studies.catalog.attention import STUDY\n")
    monkeypatch.setattr(catalog, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(ConfigError, match="study is 'null', which pandas does not read as a text; expected another"):
        catalog.load("null")


@pytest.mark.parametrize("profile", PROFILES)
def test_every_study_can_be_planned_at_every_profile(profile: str) -> None:
    for name in catalog.names():
        planned = plan(catalog.load(name), profile)
        assert len({run.run_id for run in planned.initial_runs}) == len(planned.initial_runs) > 0
        assert (planned.size > len(planned.initial_runs)) == bool(planned.tuning)


IDENTITIES = {
    "article": "a83232ac16f3",
    "attention": "b5b901993a00",
    "decimal40": "8edc6f5a8189",
    "encoder": "7e1a0ccc1dbd",
    "forcing": "e34bc1fdb416",
    "generalise": "6deb1a0a73cb",
    "generalise_parts": "5e86a4f02f3b",
    "generalise_tasks": "3ffa8f168996",
    "grefenstette2015": "8fe11eefb235",
    "ibm_toy": "a55870016c0a",
    "joeynmt_reverse": "a193e681f8c2",
    "lengths": "12cbbebac2c8",
    "order": "9623711ee869",
    "scores": "eb06e53f75e1",
    "wang2023": "57ad1facdc17",
}
"""Study -> a hash of its runs as they are stored, at all profiles. A change of one means that rows which are stored
under the old ids are trained again: update it only with a study whose runs are meant to change."""


def test_the_ids_of_every_study_of_the_catalog_are_checked() -> None:
    assert sorted(IDENTITIES) == catalog.names()


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_runs_and_ids_of_the_catalog_do_not_change(name: str) -> None:
    runs = [run.to_dict() for profile in PROFILES for run in plan(catalog.load(name), profile).initial_runs]
    assert hashlib.sha256(json.dumps(runs).encode()).hexdigest()[:12] == IDENTITIES[name]


@pytest.mark.parametrize(
    ("name", "scores"),
    [("attention", [None, "dot", "general", "additive"]), ("scores", ["dot", "scaled_dot", "general", "additive"])],
)
def test_arms_of_the_study_attention_differ_in_the_score_only(name: str, scores: list[str | None]) -> None:
    runs = plan(catalog.load(name), "quick", seeds=1).initial_runs
    assert [run.setup.model.score for run in runs] == scores
    assert len({run.setup.model.replace({"score": None}) for run in runs}) == 1
    assert len({(run.setup.task, run.setup.training) for run in runs}) == 1


def changes(arm: str, name: str = "article") -> dict[str, object]:
    """The settings in which an arm differs from the study's base, and its slips."""
    run = next(run for run in plan(catalog.load(name), "quick", seeds=1).initial_runs if run.variant.arm == arm)
    base = catalog.load(name).base.to_dict()
    return {
        **{key: value for key, value in run.setup.model.to_dict().items() if value != base[key]},
        **({"slips": set(run.setup.slips)} if run.setup.slips else {}),
    }


def test_the_arms_of_the_article_are_its_presets_and_each_slip_alone() -> None:
    models = {run.variant.arm: run.setup.model for run in plan(catalog.load("article"), "full", seeds=1).initial_runs}
    for arm in ("none", "luong", "bahdanau"):
        assert models[arm] == models[f"{arm}_published"] == preset(f"article_{arm}")
    slips = {arm: set(changes(arm).get("slips", ())) for arm in models}  # type: ignore[call-overload]
    alone = [next(iter(found)) for found in slips.values() if len(found) == 1]
    assert sorted(alone) == sorted(SLIPS)
    assert slips["none_published"] == {"stuck_state", "three_letters", "fixed_strings"}
    assert slips["luong_published"] == {"three_letters", "fixed_strings"}
    assert slips["bahdanau_published"] == {"va_per_slot", "three_letters", "fixed_strings"}
    assert slips["none"] == slips["luong"] == slips["bahdanau"] == set()


def test_the_study_of_the_article_has_the_settings_of_its_code() -> None:
    (training,) = {run.setup.training for run in plan(catalog.load("article"), "full").initial_runs}
    assert (training.epochs, training.steps_per_epoch, training.batch_size) == (20, 100, 30)
    assert (training.learning_rate, training.clip_norm, training.free_steps) == (1e-3, None, False)


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_order_crosses_five_scores_two_orders_and_feeding(profile: str) -> None:
    study = catalog.load("order")
    runs = plan(study, profile).variants
    models = {variant.arm: variant.setup.model for variant in runs}
    assert len(runs) == 40
    assert {(m.score, m.query, m.input_feeding) for m in models.values()} == set(
        product(("dot", "scaled_dot", "general", "concat", "additive"), ("current", "previous"), (False, True))
    )
    assert len({m.replace({"score": None, "query": "current", "input_feeding": False}) for m in models.values()}) == 1
    for switch in study.switches:
        field = "input_feeding" if switch.says.startswith("input feeding") else "query"
        for on, off in switch.pairs:
            changed = models[on].to_dict().items() - models[off].to_dict().items()
            assert changed == {(field, True if field == "input_feeding" else "previous")}
    assert sum(len(switch.pairs) for switch in study.switches) == 20


@pytest.mark.parametrize("name", ["article", "encoder", "forcing"])
def test_a_contrast_changes_something(name: str) -> None:
    study = catalog.load(name)
    for contrast in study.contrasts:
        one, other = study.arms[contrast.arm], study.arms[contrast.against]
        assert (one.overrides, one.slips) != (other.overrides, other.slips)
    assert set(study.arms) - {contrast.arm for contrast in study.contrasts} <= {
        study.baseline,
        *(contrast.against for contrast in study.contrasts),
        "bahdanau_published",
    }


def test_every_study_has_a_question_of_yes_or_no_and_comparisons_that_decide_it() -> None:
    for name in catalog.names():
        study = catalog.load(name)
        assert study.question.startswith(("Does ", "Should ", "Is "))
        assert study.decision is not None
        json.dumps(settings_of(name, plan(study, "smoke"), {})["decision"])


BAD = {
    "broken": (b"STUDY = (\n", "broken.py, line 1: SyntaxError: '(' was never closed"),
    "elsewhere": (b"\nimport nowhere_at_all\n", "elsewhere.py, line 2: ModuleNotFoundError: No module named"),
    "empty": (b"", "empty.py: it has no STUDY; expected a Study"),
    "leaves": (b"import sys\nsys.exit(3)\n", "leaves.py, line 2: SystemExit: 3"),
    "latin": (b"NAME = '\xff'\n", "latin.py"),
    "nul": (b"\0", "nul.py"),
    "number": (b"STUDY = 3\n", "number.py: STUDY is a int; expected a Study"),
    "refused": (
        b"from seq2seq_core.config import TaskConfig\nTASK = TaskConfig(\n    letters=0)\n",
        "refused.py, line 2: ConfigError: TaskConfig.letters: 0 is refused",
    ),
    "two_lines": (b"raise ValueError('one\\ntwo')\n", "two_lines.py, line 1: ValueError: one two"),
}
"""Study files with a mistake, and the message of each."""
SHADOWS = ("load", "names", "sys", "importlib", "Path")
"""Names that a study may have although the package of the studies uses them."""


def test_a_broken_study_file_does_not_affect_the_others(tmp_path: Path) -> None:
    root = Path(catalog.__file__).parents[2]
    folder = shutil.copytree(root / "studies", tmp_path / "studies") / "catalog"
    for name in SHADOWS:
        shutil.copy(folder / "attention.py", folder / f"{name}.py")
    for name, (content, _) in BAD.items():
        (folder / f"{name}.py").write_bytes(content)
    (folder / "folder.py").mkdir()
    (folder / ".#attention.py").symlink_to("an editor's lock")
    (folder / "_draft.py").write_text("not a study yet")

    code = (
        "import contextlib, io, json\n"
        "from studies.command_line.cli import main\n"
        "def output_of(*words):\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:\n"
        "        status = main(words)\n"
        "    return status, out.getvalue(), err.getvalue()\n"
        "commands = ('list', 'list --json', 'show names --seeds 3', 'run broken')\n"
        "print(json.dumps([output_of(*command.split()) for command in commands]))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, root)))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
    listed, document, shown, refused = json.loads(done.stdout)
    assert (listed[0], listed[2]) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in listed[1].splitlines())
    assert list(lines) == sorted([*catalog.names(), *BAD, *SHADOWS])
    for name in [*catalog.names(), *SHADOWS]:
        assert lines[name].endswith("?")
    for name, (_, message) in BAD.items():
        assert lines[name].startswith(f"cannot be loaded: study {name!r}: ")
        assert message in lines[name]
    studies = {study["name"]: study for study in json.loads(document[1])["studies"]}
    assert {name for name, study in studies.items() if study["error"]} == BAD.keys()
    assert {
        name: study["question"] or f"cannot be loaded: {study['error']}" for name, study in studies.items()
    } == lines

    assert shown[0] == 0, shown[2]
    assert shown[1].startswith("names: Does attention help?")

    assert refused[:2] == [2, ""]
    assert refused[2].startswith("retrograde: study 'broken': ")
    assert refused[2].count("\n") == 1
    assert not (tmp_path / "results").exists()


DIGESTS = {
    ("article", "smoke"): "c83296648bc5",
    ("article", "quick"): "6d318d19189b",
    ("article", "full"): "90dd0d9ba731",
    ("attention", "smoke"): "6e31818de150",
    ("attention", "quick"): "938df56340ee",
    ("attention", "full"): "d9ac26c7d40e",
    ("encoder", "smoke"): "a215e3a72ac6",
    ("encoder", "quick"): "5eb566a66fec",
    ("encoder", "full"): "23d160463de7",
    ("forcing", "smoke"): "a521de84a915",
    ("forcing", "quick"): "5a72afaea3ee",
    ("forcing", "full"): "32e2beee3972",
    ("order", "smoke"): "89eacbf55cdd",
    ("order", "quick"): "4a752607398c",
    ("order", "full"): "e46128b23ff5",
    ("scores", "smoke"): "1e73910da7a3",
    ("scores", "quick"): "f86460579f43",
    ("scores", "full"): "8721e4090642",
}
"""Of all ids of a study at a profile, as of the commit before tasks had names, with version 4 of the numbers."""


@pytest.mark.parametrize(("name", "profile"), DIGESTS)
def test_new_settings_do_not_change_the_ids_of_earlier_runs(
    name: str, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting that is added must not change the ids of runs without it: finished runs are found by their ids. Where a
    study itself is changed, its digest is computed anew."""
    monkeypatch.setattr(runs, "NUMBERS_VERSION", 4)
    planned = plan(catalog.load(name), profile)
    ids = [run.run_id for run in planned.initial_runs]
    ids += [variant.run(seed, {}).run_id for seed in planned.seeds for variant in planned.variants]
    ids = [run_id.removeprefix("r") for run_id in ids]  # so marked where they would be read as a number
    assert hashlib.sha256(" ".join(ids).encode()).hexdigest()[:12] == DIGESTS[name, profile]
