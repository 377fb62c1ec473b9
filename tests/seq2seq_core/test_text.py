"""Texts and tokens are converted into each other without loss; what is no source is refused in one line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.config import ConfigError, TaskConfig
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD


@given(st.data(), st.sampled_from([1, 4, 26, 27, 300, 100_000]))
def test_the_tokens_of_the_text_of_tokens_are_those_tokens(data: st.DataObject, letters: int) -> None:
    task = TaskConfig(letters=letters)
    tokens = data.draw(st.lists(st.integers(FIRST_LETTER, task.vocabulary - 1), min_size=1))
    text = task.decode(tokens)
    assert task.encode(text) == tokens
    assert task.encode(task.split(text)) == tokens


def test_a_text_has_letters_by_name() -> None:
    assert TaskConfig(letters=30).split("abx26x") == ["a", "b", "x26", "x"]
    assert TaskConfig(letters=30).encode("abx26x") == [3, 4, 29, 26]
    assert TaskConfig().decode([3, PAD, 4, EOS]) == "a<pad>b</s>"


@pytest.mark.parametrize(
    ("letters", "source", "words"),
    [
        (4, "", "source: '' is refused; expected at least one letter"),
        (4, [], "expected at least one letter"),
        (4, "abe", "source 'abe': the letter 'e' is unknown; known: a, b, c, d"),
        (4, "A", "the letter 'A' is unknown"),
        (4, "a b\n", "the letter ' ' is unknown"),
        (28, ["a", "x28"], r"the letter 'x28' is unknown; known: a, .*, z, \.\.\. x27"),
        (28, "x26x7", "the letter 'x7' is unknown"),
        (28, "x026", "the letter 'x026' is unknown"),
        (28, "x" + "9" * 500, "is unknown"),
        (4, ["ab"], "the letter 'ab' is unknown"),
        (4, [3, 4], r"source: \[3, 4\] is refused; expected a text, or a sequence of letters"),
        (4, 7, "source: 7 is refused"),
    ],
)
def test_what_is_no_source_is_refused_in_one_short_line(letters: int, source: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        TaskConfig(letters=letters).encode(source)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
