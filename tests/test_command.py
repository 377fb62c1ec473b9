"""The command `retrograde`: its help, suggestions, completion and entry point, and that it starts quickly."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import benchmarks.commands.cli
import results.commands
import retrograde
import studies.command_line.cli
from results.terminal.command_line import run_words

ROOT = Path(__file__).parents[1]
GROUPS = (studies.command_line.cli.studies, results.commands.results, benchmarks.commands.cli.benchmarks)
DOCUMENTS = (
    *("README.md", "CONTRIBUTING.md", "studies/README.md", "studies/CLUSTER.md"),
    *("benchmarks/README.md", "results/README.md"),
)
LARGE = {"torch", "pandas", "matplotlib", "optuna", "scipy", "numpy", "sqlalchemy"}
SCRIPT = f"#!{sys.executable}\nimport sys\nfrom retrograde import main\nsys.exit(main())\n"
"""What pip writes for the entry point."""


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = retrograde.run(words)
    return status, *capsys.readouterr()


def installed(folder: Path, words: str, *, on_path: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in that folder, in which `retrograde` is installed in bin/."""
    script = folder / "bin/retrograde"
    script.parent.mkdir(exist_ok=True)
    script.write_text(SCRIPT)
    script.chmod(0o755)
    path = [str(script.parent)] * on_path + [os.environ["PATH"]]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": os.pathsep.join(path)} | variables
    return subprocess.run(["bash", "-c", words], cwd=folder, env=environment, capture_output=True, text=True)


def test_every_command_of_the_packages_is_one_of_retrograde() -> None:
    found = {name: one for group in GROUPS for name, one in group.commands.items()}
    assert found == {name: retrograde.load(name) for name in retrograde.COMMANDS}


@pytest.mark.parametrize("name", retrograde.COMMANDS)
def test_help_has_the_summary_of_the_list_and_examples_that_are_accepted(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said([name, "--help"], capsys)
    assert (status, err) == (0, "")
    assert retrograde.COMMANDS[name][-1] == retrograde.load(name).get_short_help_str()
    epilog = (retrograde.load(name).epilog or "").strip()
    assert out.endswith(f"\n{epilog}\n")
    lines = [line for line in epilog.replace("example: ", "").splitlines() for line in line.split("; then: ")]
    examples = [shlex.split(line) for line in lines if line.strip().startswith("retrograde ")]
    assert name in [words[1] for words in examples]
    for _, other, *words in examples:
        retrograde.load(other).make_context(other, words)


def test_the_examples_of_the_groups_are_accepted() -> None:
    epilogs = [retrograde.retrograde.epilog, *(group.epilog for group in GROUPS)]
    lines = [line.strip() for epilog in epilogs for line in (epilog or "").splitlines()]
    examples = [words[1:] for words in map(shlex.split, lines) if words[:1] == ["retrograde"]]
    assert len(examples) > 10
    for name, *words in examples:
        if "--help" not in words:
            retrograde.load(name).make_context(name, words)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_in_the_code_of_a_document_are_accepted(document: str) -> None:
    lines = re.findall(r"^(?:    )?(?:\.venv/bin/)?retrograde .+", (ROOT / document).read_text(), re.MULTILINE)
    assert lines
    for _, name, *words in (shlex.split(line, comments=True) for line in lines):
        retrograde.load(name).make_context(name, words)


@pytest.mark.parametrize("group", [retrograde.retrograde, *GROUPS], ids=lambda group: group.name)
def test_a_group_without_a_command_prints_its_help(group: click.Group, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_words(group, ["program"], ["--help"]) == 0
    listed = capsys.readouterr().out
    assert (run_words(group, ["program"], []), *capsys.readouterr()) == (2, "", listed)


@pytest.mark.parametrize("name", retrograde.COMMANDS)
def test_the_nearest_name_is_suggested_for_a_mistyped_command_and_option(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = said([f"{name}z"], capsys)
    see = "see retrograde --help\n"
    assert (status, out, err) == (2, "", f"retrograde: no such command '{name}z'; did you mean '{name}'?; {see}")
    for long in [option for one in retrograde.load(name).params for option in one.opts if option.startswith("--")]:
        status, out, err = said([name, f"{long}z"], capsys)
        hint = f"did you mean '{long}'?; see retrograde {name} --help\n"
        assert (status, out, err) == (2, "", f"retrograde: no such option '{long}z'; {hint}")


def test_the_name_of_an_argument_stays_in_capitals(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(["new", "recipe", "x.py"], capsys)
    assert (status, out) == (2, "")
    assert err.startswith("retrograde: KIND: 'recipe' is not one of 'study'")


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["--version"], ["ls"]])
def test_no_package_is_imported_before_its_command(words: list[str]) -> None:
    code = (
        "import sys, retrograde\n"
        "try: retrograde.run(sys.argv[1:])\n"
        f"finally: print({LARGE | {'studies', 'benchmarks', 'seq2seq_core', 'results.commands'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.stdout.endswith("set()\n"), done.stderr


def test_help_of_a_command_imports_no_large_package() -> None:
    code = (
        "import sys, retrograde\n"
        "for name in retrograde.COMMANDS: assert retrograde.run([name, '-h']) == 0\n"
        f"print({LARGE} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.endswith("set()\n"), done.stderr


def test_the_entry_point_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"retrograde": "retrograde:main"}
    assert project["tool"]["setuptools"]["py-modules"] == ["retrograde"]


def test_an_installed_command_names_itself_as_the_user_can_type_it(tmp_path: Path) -> None:
    done = installed(tmp_path, "retrograde rnu; bin/retrograde rnu")
    assert done.stderr == 2 * "retrograde: no such command 'rnu'; did you mean 'run'?; see retrograde --help\n"
    done = installed(tmp_path, "bin/retrograde rnu", on_path=False)
    assert done.returncode == 2
    assert done.stderr == "retrograde: no such command 'rnu'; did you mean 'run'?; see bin/retrograde --help\n"


def test_the_version_names_torch_and_python(tmp_path: Path) -> None:
    metadata = tmp_path / "retrograde-7.8.9.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: retrograde\nVersion: 7.8.9\n")
    done = installed(tmp_path, "retrograde --version", PYTHONPATH=f"{tmp_path}:{ROOT}")
    assert done.stdout.startswith("retrograde 7.8.9 (torch 2.")
    assert done.stdout.endswith(f", Python {sys.version.split()[0]})\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("retrograde ru", ["run"]),
        ("retrograde run att", ["attention"]),
        ("retrograde show attention --profile ", ["smoke", "quick", "full"]),
        ("retrograde show attention --s", ["--set", "--seeds"]),
        ("retrograde compare --t", ["--times"]),
    ],
)
def test_the_shell_completes(line: str, words: list[str], tmp_path: Path) -> None:
    script = f"""
eval "$(_RETROGRADE_COMPLETE=bash_source retrograde)"
COMP_WORDS=({line}{'""' if line.endswith(" ") else ""}) COMP_CWORD={len(line.split(" ")) - 1}
_retrograde_completion retrograde
printf "%s\\n" "${{COMPREPLY[@]}}"
"""
    done = installed(tmp_path, script)
    assert done.stdout.split() == words, done.stderr
