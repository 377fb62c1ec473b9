"""Installed packages offer scores, cells, tasks and studies by entry points, which are imported when they are named."""

import json
from pathlib import Path

import pytest
from outside import STUDY, line_of, studies, write_study
from warm_python import outside_xdist, run_module

from results.tables.csv_io import read_table

ENTRIES = """
[retrograde.studies]
offered = my_parts.my_study
attention = my_parts.my_study
no_study = my_parts.helpers

[retrograde.scores]
half = my_parts.my_study:Half
broken = my_parts.broken:Score

[retrograde.cells]
relu = my_parts.my_study:ReLU
broken = my_parts.broken:Cell

[retrograde.tasks]
double = my_parts.my_study:Double
"""


def install(folder: Path, name: str = "my-parts", version: str = "1.0", entries: str = ENTRIES) -> None:
    """The metadata of a package, as pip writes them."""
    metadata = folder / f"{name.replace('-', '_')}.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "entry_points.txt").write_text(entries)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder on the path of imports, with an installed package whose module `broken` cannot be imported."""
    package = write_study(tmp_path / "my_parts").parent
    (package / "__init__.py").touch()
    (package / "my_study.py").write_text(STUDY.replace("from helpers", "from .helpers"))
    (package / "broken.py").write_text("import a_library_that_is_absent\n")
    install(tmp_path)
    return tmp_path


def test_studies_of_packages_are_listed(site: Path) -> None:
    done = studies(site, "list")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert lines["offered"].endswith("Does my score help?")
    assert lines["attention"].endswith("Does attention help?"), "a name of the catalog keeps its study"
    assert "study 'no_study': my_parts.helpers is a module; expected a Study" in lines["no_study"]


PLANS = """
import json

from studies.planning.plan import plan
from studies.sources.source import find

plans = [plan(source.study, "smoke", settings=settings, code=source.code) for source, settings in (
    (find("offered"), {}), (find("attention"), {"cell": "relu"}), (find("attention"), {})
)]
print(json.dumps([(one.outside, [run.run_id for run in one.initial_runs]) for one in plans]))
"""


def test_the_version_of_a_package_is_part_of_the_runs_that_use_it(site: Path) -> None:
    (site / "plans.py").write_text(PLANS)
    runs = []
    for version in ("1.0", "1.1"):
        install(site, version=version)
        done = run_module("plans", cwd=site, environment=outside_xdist())
        offered, with_cell, plain = json.loads(done.stdout)
        assert offered[0] == with_cell[0] == {"my-parts": version}
        assert plain[0] == {}
        runs.append((offered[1], with_cell[1], plain[1]))
    (offered, with_cell, plain), others = runs
    assert set(offered).isdisjoint(others[0])
    assert set(with_cell).isdisjoint(others[1])
    assert plain == others[2]


def test_a_part_of_a_package_can_be_a_setting_of_any_study(site: Path) -> None:
    done = studies(site, "show", "attention", "--set", "cell=relu", "--set", "task=double")
    assert done.returncode == 0, done.stderr
    assert "cell=relu" in done.stdout
    assert "task=double" in done.stdout
    line = line_of(studies(site, "show", "attention", "--set", "cell=rely"))
    assert "expected one of gru, lstm, rnn, relu, broken" in line


def test_a_package_that_cannot_be_imported_is_named_and_harms_nothing_else(site: Path) -> None:
    line = line_of(studies(site, "show", "attention", "--set", "cell=broken"))
    assert line == (
        "retrograde: ModelConfig.cell: the cell 'broken' of the package my-parts 1.0 cannot be loaded: "
        "ModuleNotFoundError: No module named 'a_library_that_is_absent'"
    )
    assert studies(site, "show", "offered").returncode == 0


def test_a_name_that_two_packages_offer_is_refused(site: Path) -> None:
    install(site, "other-parts", "2.0", "[retrograde.cells]\nrelu = my_parts.my_study:ReLU\n")
    line = line_of(studies(site, "show", "attention", "--set", "cell=relu"))
    assert "the cell 'relu' is offered by my-parts 1.0 and other-parts 2.0; expected one of these packages" in line


def test_a_file_cannot_define_a_part_of_the_name_of_an_installed_one(site: Path, tmp_path: Path) -> None:
    write_study(tmp_path)
    line = line_of(studies(tmp_path, "show", "my_study.py"))
    assert "my_study.py: the score 'half' is one of the package my-parts; expected another name" in line


DESCRIBED = """
import json
import pickle
from pathlib import Path

from studies.cluster.node import describe
from studies.planning.plan import plan
from studies.sources.source import find

for name, settings in ("offered", {}), ("attention", {"cell": "relu"}):
    pickled = Path(f"{name}.pickle")
    if not pickled.exists():
        source = find(name)
        pickled.write_bytes(pickle.dumps(plan(source.study, "smoke", settings=settings, code=source.code)))
    code = (("my-parts", "1.0"),) if name == "offered" else ()
    found = describe(name, None, code, "cpu", pickled.read_bytes())
    print(json.dumps([found.problem, found.outside]))
"""


def test_a_node_says_which_version_of_a_package_it_has(site: Path) -> None:
    """Rows of another version were stored under the version of the driver."""
    (site / "described.py").write_text(DESCRIBED)
    known = ["", {"my-parts": "1.0"}]
    expected = {
        "1.0": [known, known],
        "1.1": [["offered: my-parts has changed from 1.0 to 1.1", {}], ["", {"my-parts": "1.1"}]],
        None: [["offered: my-parts is no longer used", {}], ["'relu' is no part here", {}]],
    }
    for version, lines in expected.items():
        install(site, version=version or "1.1", entries=ENTRIES if version else "")
        done = run_module("described", cwd=site, environment=outside_xdist())
        assert [json.loads(line) for line in done.stdout.splitlines()] == lines, done.stderr


@pytest.mark.slow
def test_a_study_of_a_package_may_have_parts_that_the_package_does_not_offer(site: Path) -> None:
    """Workers did not import the study, so each of them stopped at a score that it did not know."""
    install(site, entries="[retrograde.studies]\noffered = my_parts.my_study\n")
    done = studies(site, "run", "offered", "--profile", "smoke", "--seeds", "1", "--workers", "1", "--out", "out")
    assert done.returncode == 0, done.stderr
    runs = read_table(site / "out", "runs")
    assert runs["status"].tolist() == ["done"] * 2
    assert runs["first_letter_accuracy"].notna().all()
