"""Heat maps of chosen examples, from the models that a study keeps: the same weights, or one line that says why not."""

from pathlib import Path

import pytest
from commands import TINY, refused, words

from results.provenance import read
from results.records import read_table
from studies.cli import main
from studies.engine.checkpoints import MODELS

pytestmark = pytest.mark.slow
ARTICLE = {"epochs": 1, "steps_per_epoch": 2, "hidden_size": 8, "evaluation_size": 8, "test_size": 8}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study of two seeds, with examples."""
    folder = tmp_path_factory.mktemp("kept") / "out"
    given = [*words(TINY, seeds=2), "--workers", "1", "--example", "abcd", "--example", "ddb"]
    assert main(["run", "attention", "--out", str(folder), *given]) == 0
    return folder


def test_a_study_keeps_the_model_of_each_arms_first_seed_and_no_other_checkpoint(kept: Path) -> None:
    names = {path.name for path in (kept / MODELS).iterdir()}
    assert names == {f"{arm}.checkpoint" for arm in ("none", "dot", "general", "additive")}
    assert list((kept / "checkpoints").iterdir()) == []


def test_a_run_draws_the_examples_that_it_is_given(kept: Path) -> None:
    table = read_table(kept, "examples")
    assert set(table["model"]) == {"dot", "general", "additive"}  # none has nothing to show
    for (_, example, _), rows in table.groupby(["model", "example", "target_position"]):
        assert "".join(rows.sort_values("source_position")["source"]) == example
        assert rows["weight"].sum() == pytest.approx(1, abs=1e-6)
    assert set(table["example"]) == {"abcd", "ddb"}
    assert read(kept)["examples"]["settings"]["examples"] == ["abcd", "ddb"]
    assert (kept / "figures" / "examples.svg").exists()
    assert "examples" in (kept / "report.md").read_text()


def test_a_kept_model_gives_the_weights_of_its_runs_own_example(kept: Path, tmp_path: Path) -> None:
    """What is drawn later comes from the weights that the run ended with."""
    alignments = read_table(kept, "alignments")
    first = alignments[(alignments["arm"] == "dot") & (alignments["seed"] == 0)]
    source = "".join(first.groupby("source_position")["source"].first())
    model = kept / MODELS / "dot.checkpoint"
    assert main(["align", str(model), "--example", source, "--out", str(tmp_path)]) == 0
    again = read_table(tmp_path, "examples")
    assert again["weight"].tolist() == first["weight"].tolist()
    assert again["predicted"].tolist() == first["predicted"].tolist()
    assert str(tmp_path) not in (tmp_path / "report.md").read_text()


def test_models_with_slips_are_built_anew_with_them(tmp_path: Path) -> None:
    settings = [word for key, value in ARTICLE.items() for word in ("--set", f"{key}={value}")]
    assert main(["run", "article", "--profile", "smoke", "--seeds", "1", "--out", str(tmp_path), *settings]) == 0
    assert main(["align", str(tmp_path), "--example", "abc"]) == 0
    assert "bahdanau_va_per_slot" in set(read_table(tmp_path, "examples")["model"])


def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    damaged = tmp_path / "damaged.checkpoint"
    damaged.write_bytes((kept / MODELS / "dot.checkpoint").read_bytes()[:-1])
    for given, said in (
        (["align", str(kept), "--example", "abx", *out], "the letter 'x' is unknown; known: a, b, c, d"),
        (["align", str(kept), "--example", "", *out], "expected a letter at least"),
        (["align", str(kept), *out], "--example"),
        (["align", str(kept / MODELS / "none.checkpoint"), "--example", "ab", *out], "expected one that does"),
        (["align", str(tmp_path), "--example", "ab", *out], "no models in it"),
        (["align", str(tmp_path / "nothing"), "--example", "ab", *out], "No such file"),
        (["align", str(damaged), "--example", "ab", *out], "damaged: its content does not have its digest"),
        (["run", "attention", "--example", "abx", *out], "the letter 'x' is unknown"),
    ):
        assert said in refused(given, capsys)
        assert not (tmp_path / "out").exists()
