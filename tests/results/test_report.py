"""A report follows from the rows, is the same each time, needs no other files, and refuses inconsistent rows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from synthetic_rows import study_rows, write_study
from synthetic_timing import speed_rows, write_speed

from results.__main__ import main
from results.errors import InputError
from results.report.build import build
from results.tables import provenance
from results.tables.csv_io import write_table
from results.tables.table_file import remove_table


@pytest.fixture
def built(built_folder) -> Path:
    return built_folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_rows_give_the_same_bytes_in_any_folder_at_any_time(tmp_path):
    write_study(tmp_path / "here", levels=(5,), seeds=2)
    write_speed(tmp_path / "here", speed_rows(lengths=(10, 50)))
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    build(tmp_path / "here")
    build(tmp_path / "there")
    assert len(contents(tmp_path / "here")) == 6 + 1 + 13 + 2 * 2  # tables, provenance, figures, pages
    assert contents(tmp_path / "here") == contents(tmp_path / "there")


def test_the_answer_comes_first_and_is_written_from_the_numbers(built):
    text = (built / "report.md").read_text()
    question, caution, verdict = text.split("\n\n")[1:4]
    assert question == "## Does attention help to invert a sequence, and which score learns it first?"
    assert caution == "> Accuracies are of the runs that are done. Diverged or failed: 1 of 20 runs of dot."
    assert verdict == (
        "**Difference shown in 4 of 6 comparisons.** At max_length = 7, with general, all 10 runs reach 99% "
        "Levenshtein accuracy, half of them within 400 steps; with none, no run of 10 does within 700 steps (mean "
        "accuracy at the end: 66%, exact match: 4%, still rising). 2 comparisons are not testable: no run of either "
        "arm reached 99%."
    )
    assert re.search(
        r"^\| additive, max_length = 14 \| fewer steps than none \| 10 of 10 \| \d+ \| 1\.000 ", text, re.M
    )
    assert re.search(
        r"^- Levenshtein accuracy: higher in 6 of 6 comparisons \(.+\); largest: general against none at ", text, re.M
    )
    speed = (built / "speed.md").read_text()
    assert (
        "\n\n**Depends.** On cpu, 2 threads, padded_exact, which computes the same values on padded tensors, is "
        in speed
    )
    assert "is faster than packed in 42 of 72 cases, slower in 30. It takes ×0.757 the time of packed in the " in speed
    assert "| score: additive against general | slower in 6 of 6 cases | ×6.00 (5.88 to 6.18) |" in speed
    assert text.count("Not tuned: all arms have the learning rate 0.001, which may") == 2  # answer, study


def test_runs_that_did_not_finish_are_counted_and_listed(built):
    text = (built / "report.md").read_text()
    assert "Runs: 80 planned, 79 done, 1 diverged, 0 failed, 0 missing." in text
    assert "| 14 | dot | 9 | 1 | 0 | 0 |" in text
    assert "| dot-14-3 | dot | 14 | 3 | diverged | 250 | the loss is not finite at step 251 |" in text


def test_every_figure_has_an_alt_text_and_a_table(built):
    text = "".join((built / name).read_text() for name in ("report.md", "speed.md"))
    images = re.findall(r"!\[(.+?)\]\((figures/.+?\.svg)\)", text)
    assert len(images) == 13
    for alt, svg in images:
        assert alt.startswith(("Line chart", "Step chart", "Chart", "Heat map"))
        assert (built / svg).read_text().startswith("<?xml")


def test_the_caption_of_a_mean_gives_the_number_of_seeds(built):
    # Of the ten, one seed of dot diverged at the longer length and has no weights there.
    text = (built / "report.md").read_text()
    assert (
        "the mean over 100 examples of the longest length for each seed, and over seeds (n = 9 to 10 a panel)." in text
    )


class Page(HTMLParser):
    """Collects what a browser would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.images: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attributes if name in ("src", "href", "srcset", "data")]
        if tag == "img":
            self.images.append(dict(attributes))


def test_the_html_pages_need_only_their_figures_and_run_only_their_script(built):
    shown = []
    for name in ("report.html", "speed.html"):
        text = (built / name).read_text()
        page = Page()
        page.feed(text)
        (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
        assert page.tags.count("script") == 1
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in text
        assert all((built / source).is_file() for source in page.fetched if not source.startswith(("data:", "#")))
        assert "url(" not in text
        assert "@import" not in text
        assert all(image["alt"] for image in page.images)
        shown += [image["src"] for image in page.images]
    assert sorted(shown) == sorted(f"figures/{path.name}" for path in (built / "figures").iterdir())
    assert len(shown) == 13


def test_a_study_and_benchmarks_in_one_folder_are_two_pages(built):
    report, speed = ((built / name).read_text() for name in ("report.md", "speed.md"))
    assert re.findall(r"^## .*", report, re.MULTILINE)[1:] == [
        "## Comparisons",
        "## Study: attention",
        "## Provenance",
    ]
    assert re.findall(r"^## .*", speed, re.MULTILINE)[1:] == ["## Speed", "## Provenance"]
    assert re.findall("^<summary>([a-z]+): <code>", report, re.MULTILINE) == ["study"]
    assert re.findall("^<summary>([a-z]+): <code>", speed, re.MULTILINE) == ["benchmarks"]
    assert f"[{speed.split('## ')[1].split(chr(10))[0]}](speed.md)" in report
    assert f"[{report.split('## ')[1].split(chr(10))[0]}](report.md)" in speed


def test_a_smoke_run_has_no_verdict_anywhere(rows_folder, tmp_path):
    shutil.copytree(rows_folder, tmp_path / "smoke")
    shutil.copytree(rows_folder, tmp_path / "quick")
    path = tmp_path / "smoke" / "provenance.json"
    document = json.loads(path.read_text())
    for part in document["parts"].values():
        part["profile"] = "smoke"
    path.write_text(json.dumps(document))
    words = re.compile(r"\b(faster|slower) in \d|\| (fewer|more) steps|less in \d|\| (higher|lower) \|")
    for name, expected in (("quick", True), ("smoke", False)):
        build(tmp_path / name)
        pages = [page.read_text() for page in (tmp_path / name).glob("*.md")]
        assert len(pages) == 2
        assert [bool(words.search(page)) for page in pages] == [expected] * 2


def test_names_are_escaped(tmp_path):
    name = "<img src=x>[a](b)|_c_`"
    write_study(tmp_path, levels=(7,), seeds=2)
    for path in (tmp_path / "runs.csv", tmp_path / "provenance.json"):
        path.write_text(path.read_text().replace("general", name))
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        remove_table(tmp_path, table)
    build(tmp_path)
    assert "<img src=x" not in (tmp_path / "report.html").read_text()
    assert "&lt;img src=x&gt;[a](b)|_c_`" in (tmp_path / "report.html").read_text()
    markdown = (tmp_path / "report.md").read_text()
    assert r"&lt;img src=x&gt;[a\](b)\|\_c\_\`" in markdown
    assert "<img" not in markdown


def test_a_study_with_too_few_seeds_is_reported_as_such(tmp_path):
    write_study(tmp_path, levels=(7,), seeds=5)
    build(tmp_path)
    verdict = (tmp_path / "report.md").read_text().split("\n\n")[2]
    assert verdict == (
        "**Not enough seeds.** 5 pairs of seeds, 7 needed. Dot against none at max_length = 7 is not testable: no run "
        "of either arm reached 99%."
    )


def test_equal_arms_show_no_difference_and_missing_runs_are_reported(tmp_path):
    write_study(tmp_path, levels=(7,), seeds=8)
    tables = study_rows(levels=(7,), seeds=8)
    accuracy = {row["seed"]: row["levenshtein_accuracy"] for row in tables["runs"] if row["arm"] == "none"}
    flips = {seed: (-1) ** seed / 100 for seed in range(8)}
    runs = [row for row in tables["runs"] if row["arm"] != "additive"]
    runs = [
        {**row, "levenshtein_accuracy": accuracy[row["seed"]] + flips[row["seed"]] * (row["arm"] != "none")}
        for row in runs
    ]
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        remove_table(tmp_path, table)
    write_table(tmp_path, "runs", runs)
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert "- Levenshtein accuracy: no difference shown in 2 of 3 comparisons, not enough seeds in 1." in text
    assert "> The study is not finished: 8 of 32 runs are missing." in text
    assert "| 7 | dot against none | dot | none | +0.000 (-0.008 to +0.008) |" in text
    assert "| not enough seeds: 0 pairs of seeds, 7 needed | - | - | - | 0 |" in text
    assert "Runs: 32 planned, 24 done, 0 diverged, 0 failed, 8 missing." in text


def test_a_folder_with_benchmarks_only_has_a_report_of_speed_only(tmp_path):
    write_speed(tmp_path)
    build(tmp_path)
    text = (tmp_path / "report.md").read_text()
    assert text.split("\n\n")[1].startswith("## Is a packed encoder faster than a padded one")
    assert "the baseline was timed against itself in 94 cases" in text
    assert "Study" not in text
    assert not (tmp_path / "speed.md").exists()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda folder: (folder / "provenance.json").unlink(),
            r"provenance\.json: parts\.study is missing",
        ),
        (lambda folder: (folder / "runs.csv").write_text("study"), r"runs\.csv, line 1: torn"),
        (
            lambda folder: (folder / "runs.csv").write_text(
                (folder / "runs.csv").read_text().replace(",dot,", ",dots,")
            ),
            r"alignments\.csv: arm dot in a row of run dot-7-0; expected dots, as in runs\.csv",
        ),
        (
            lambda folder: (folder / "figures").write_text(""),
            r"figures cannot be written: File exists; make it writable",
        ),
        (shutil.rmtree, "no such folder"),
    ],
)
def test_bad_input_is_refused_in_one_line_with_exit_status_2(rows_folder, tmp_path, capsys, spoil, message):
    folder = tmp_path / "folder"
    shutil.copytree(rows_folder, folder)
    for table in ("convergence", "by_length", "alignments", "throughput"):
        remove_table(folder, table)
    spoil(folder)
    assert main(["report", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(message, err)
    assert err.count("\n") == 1


def test_a_table_from_which_no_page_follows_is_refused(rows_folder, tmp_path, capsys):
    document = json.loads((rows_folder / "provenance.json").read_text())
    document["parts"] = {"commits": document["parts"]["study"]}
    (tmp_path / "provenance.json").write_text(json.dumps(document))
    row = {"suite": "encoder", "case": "case", "candidate": "packed", "device": "cpu", "threads": 1, "round": 1,
           "burst": 1, "side": "a", "position": 1, "calls": 1, "seconds": 1.0}  # fmt: skip
    write_table(tmp_path, "commits", [row])
    assert main(["report", str(tmp_path)]) == 2
    assert "no report follows from commits.csv alone; `retrograde compare` reads commits.csv" in capsys.readouterr().err


def test_tables_without_rows_are_refused(tmp_path):
    write_table(tmp_path, "runs", [])
    with pytest.raises(InputError, match="have no rows"):
        build(tmp_path)


def test_the_command_prints_the_answer_and_the_path_of_the_report(tmp_path, capsys):
    write_study(tmp_path, seeds=1)
    for table in ("convergence", "by_length", "alignments", "mean_alignments"):
        remove_table(tmp_path, table)
    assert main(["report", str(tmp_path)]) == 0
    _, question, *_, path = capsys.readouterr().out.splitlines()
    assert question == provenance.read(tmp_path)["study"]["settings"]["question"]
    assert path == f"report: {tmp_path / 'report.html'}"


@pytest.mark.parametrize("words", [["compare"], ["report"], ["report", "a", "--loud"]])
def test_a_wrong_command_is_refused_in_one_line_with_exit_status_2(words, capsys):
    assert main(words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_gives_an_example_and_imports_no_large_package():
    code = (
        "import sys; from results.__main__ import main\n"
        "try: main(['report', '--help'])\n"
        "finally: assert not {'pandas', 'scipy', 'matplotlib', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "example: retrograde report" in done.stdout
