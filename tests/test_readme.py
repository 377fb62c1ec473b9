"""The README is short, its links lead somewhere, and its example runs and learns."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.image import imread

from seq2seq_core import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
MOST_WORDS = 900
QUOTE = re.compile(r"<!-- quoted from .+?<!-- end -->", re.DOTALL)


def test_it_has_at_most_900_words() -> None:
    assert len(README.split()) <= MOST_WORDS


def test_its_links_and_images_exist() -> None:
    links = [*re.findall(r"\]\(([^)#]+)[^)]*\)", README), *re.findall(r'src="([^"]+)"', README)]
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_measured_numbers_occur_only_in_quotes_of_reports() -> None:
    """Percentages, ratios and intervals are checked in quotes only."""
    assert re.findall(r"\d+%|×\d|\d \(|\d+ of \d+", QUOTE.sub("", README.split("```")[0])) == []


def test_the_answer_at_the_top_has_no_ratio_to_an_arm_that_does_not_reach_99() -> None:
    answer = QUOTE.search(README).group()
    assert "no run of" in answer
    assert not re.search(r"×[^.]+none", answer)


@pytest.mark.slow
def test_the_example_learns_to_reverse_and_draws_its_attention(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line]) <= 12
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg", "MPLCONFIGDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    prediction, exact_match = done.stdout.split()
    assert f"prints `{prediction}`" in README
    assert float(exact_match) > 0.9
    assert load(tmp_path / "reverse.model").predict(prediction) == "abcdabc"
    assert imread(tmp_path / "attention.png").std() > 0
