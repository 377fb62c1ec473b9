"""The sets of a task of pairs: the split leaks nothing, the vocabulary is that of the training pairs, and the hash
identifies the pairs and nothing else."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.data import UNKNOWN, PairData, PairFiles, PairSet, Vocabulary, make_shipped, read_data, shipped
from seq2seq_core.data.split import split_sources

NUMBERS = [(f"number {n}", str(n)) for n in range(40)]


def write(path: Path, pairs: Iterable[tuple[str, str]]) -> str:
    path.write_text("".join(f"{source}\t{target}\n" for source, target in pairs), encoding="utf-8")
    return str(path)


def data_of(train: str, evaluation: str = "", test: str = "", *, units: str = "characters", seed: int = 0) -> PairData:
    return read_data(PairFiles(train, evaluation, test, units, seed))


def texts(data: PairData, name: str) -> list[tuple[str, str]]:
    one = data.sets[name]
    return [
        (data.vocabulary.text(source), data.vocabulary.text(target))
        for source, target in zip(unpacked(one, "sources"), unpacked(one, "targets"), strict=True)
    ]


def unpacked(pairs: PairSet, side: str) -> list[list[int]]:
    sequences = getattr(pairs, side)
    parts = sequences.tokens.split(sequences.lengths.tolist())
    return [part.tolist() for part in parts]


@given(st.lists(st.text(max_size=3), min_size=3, max_size=60), st.integers(0, 2**63 - 1))
def test_a_split_has_one_source_in_ten_in_each_part_whatever_their_order(sources: list[str], seed: int) -> None:
    distinct = set(sources)
    if len(distinct) < 3:
        return
    part_of = split_sources(sources, ("evaluation", "test"), seed)
    sizes = [[*part_of.values()].count(part) for part in ("evaluation", "test")]
    assert sizes == [max(1, len(distinct) // 10)] * 2
    assert part_of.keys() <= distinct
    assert split_sources([*reversed(sources)], ("evaluation", "test"), seed) == part_of


def test_every_pair_is_in_one_set_and_equal_sources_are_in_the_same(tmp_path: Path) -> None:
    twice = [*NUMBERS, *((source, target * 2) for source, target in NUMBERS)]
    data = data_of(write(tmp_path / "a.tsv", twice))
    found = {name: texts(data, name) for name in data.sets}
    assert sorted(pair for pairs in found.values() for pair in pairs if "<unk>" not in "".join(pair)) == sorted(twice)
    sources = [{source for source, _ in pairs} for pairs in found.values()]
    assert [len(some) for some in sources] == [32, 4, 4]
    assert len(set.union(*sources)) == 40
    assert [one.in_training for one in data.sets.values()] == [0, 0, 0]


def test_the_split_follows_its_seed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", NUMBERS)
    first, again, other = (texts(data_of(path, seed=seed), "test") for seed in (3, 3, 4))
    assert first == again != other


def test_training_pairs_keep_the_order_of_the_file_and_the_others_do_not(tmp_path: Path) -> None:
    """An evaluation of a part of a sorted file would otherwise see its beginning only."""
    path = write(tmp_path / "a.tsv", NUMBERS)
    data = data_of(path, path, path)
    assert texts(data, "train") == NUMBERS
    assert sorted(texts(data, "test")) == sorted(NUMBERS)
    assert texts(data, "test") != NUMBERS


def test_the_vocabulary_is_that_of_the_training_pairs_in_a_stable_order(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", [("ba", "é"), ("c", "a")])
    test = write(tmp_path / "test.tsv", [("bx", "ayy")])
    data = data_of(train, test, test)
    assert data.vocabulary.symbols == ("a", "b", "c", "é")
    assert unpacked(data.sets["test"], "sources") == [[5, UNKNOWN]]
    assert unpacked(data.sets["test"], "targets") == [[4, UNKNOWN, UNKNOWN]]
    assert data.vocabulary.text([4, UNKNOWN, 7]) == "a<unk>é"
    backwards = data_of(write(tmp_path / "b.tsv", [("c", "a"), ("ba", "é")]), test, test)
    assert backwards.vocabulary == data.vocabulary


def test_tokens_are_words_between_whitespace(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", [("the  dog ", "der Hund"), ("a cat", "die Katze"), ("one", "eins")])
    data = data_of(path, path, path, units="tokens")
    assert data.vocabulary.symbols == ("Hund", "Katze", "a", "cat", "der", "die", "dog", "eins", "one", "the")
    assert texts(data, "train")[0] == ("the dog", "der Hund")


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1), st.text())
def test_known_characters_survive_encoding(known: list[str], text: str) -> None:
    vocabulary = Vocabulary("characters", tuple(sorted({character for one in known for character in one})))
    read = vocabulary.text(vocabulary.tokens(vocabulary.split(text)))
    assert read == "".join(c if c in vocabulary.symbols else "<unk>" for c in text)


def test_whitespace_is_visible_in_the_names_of_tokens() -> None:
    vocabulary = Vocabulary("characters", ("\n", " ", "a"))
    assert [vocabulary.name(token) for token in (0, 2, 3, 4, 5, 6)] == ["<pad>", "</s>", "<unk>", "\\n", "␣", "a"]


def test_the_content_is_that_of_the_pairs_and_not_of_their_file(tmp_path: Path) -> None:
    first = data_of(write(tmp_path / "a.tsv", NUMBERS))
    lines = "\r\n".join(json.dumps({"source": source, "target": target}) for source, target in NUMBERS)
    (tmp_path / "b.jsonl").write_text(lines)
    assert data_of(str(tmp_path / "b.jsonl")).content == first.content
    changed = [*NUMBERS[:-1], ("number 39", "93")]
    assert data_of(write(tmp_path / "c.tsv", changed)).content != first.content
    path = write(tmp_path / "d.tsv", NUMBERS)
    assert data_of(path, path, path).content != first.content  # other pairs are trained on


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", NUMBERS)
    before = data_of(path)
    assert data_of(path) is before
    write(tmp_path / "a.tsv", NUMBERS[1:])
    assert len(data_of(path).sets["train"]) == 33


def test_repeated_pairs_shared_sources_and_unknown_units_are_counted_and_said(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", [("a", "b"), ("a", "b"), ("b", "c"), ("a", "c")])
    test = write(tmp_path / "test.tsv", [("a", "b"), ("a", "x"), ("xc", "xx")])
    data = data_of(train, write(tmp_path / "e.tsv", [("c", "a")]), test)
    counts = data.summary()["sets"]
    assert counts["train"]["duplicates"] == 1
    assert counts["test"] == {
        "pairs": 3, "longest_source": 2, "longest_target": 2, "unknown_in_sources": 1, "unknown_in_targets": 3,
        "duplicates": 0, "sources_in_training": 2, "sources_in_evaluation": 0,
    }  # fmt: skip
    assert data.notices() == [
        "data: 1 of 4 train pairs repeat an earlier pair of the set",
        "data: 2 of 3 test pairs have a source that is also in the training pairs; a model may have memorised them",
        "data: the test pairs have characters that are in no training pair, 1 in sources and 3 in targets; each of "
        "these in a target counts as an error",
    ]
    assert json.loads(json.dumps(data.summary())) == data.summary()
    only_in_source = data_of(train, write(tmp_path / "e.tsv", [("x", "a")]), test)
    assert "evaluation pairs have characters that are in no training pair, 1 in sources and 0" in "".join(
        only_in_source.notices()
    )


def test_a_test_set_that_also_chooses_settings_is_said(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", [("a", "b"), ("b", "a")])
    both = write(tmp_path / "both.tsv", [("ab", "b"), ("ba", "a"), ("bb", "a")])
    data = data_of(train, both, both)
    assert [one["sources_in_evaluation"] for one in data.summary()["sets"].values()] == [0, 0, 3]
    assert data.notices() == [
        "data: 3 of 3 test pairs have a source that is also in the evaluation pairs, which may choose settings and "
        "when a run ends"
    ]


def test_sources_with_the_same_tokens_are_equal_whatever_the_whitespace(tmp_path: Path) -> None:
    irregular = write(tmp_path / "a.tsv", [(f"a{' ' * spaces}{n}", "x") for n in range(20) for spaces in (1, 2, 3)])
    regular = write(tmp_path / "b.tsv", [(f"a {n}", "x") for n in range(20) for _ in range(3)])
    data = data_of(irregular, units="tokens")
    assert data.content == data_of(regular, units="tokens").content
    assert [one["sources_in_training"] for one in data.summary()["sets"].values()] == [0, 0, 0]
    assert [len(one) for one in data.sets.values()] == [48, 6, 6]
    assert [one.duplicates for one in data.sets.values()] == [32, 4, 4]
    assert data_of(irregular).content != data_of(regular).content  # of characters, each space counts


@pytest.mark.parametrize("name", ["dates", "plurals"])
def test_the_shipped_files_are_those_of_their_script(name: str) -> None:
    assert shipped.names() == sorted(make_shipped.rows())
    pairs = make_shipped.rows()[name]
    assert shipped.locate(name).read_bytes() == make_shipped.text_of(pairs).encode()
    assert len({source for source, _ in pairs}) == len(pairs) >= 4_000


@pytest.mark.parametrize(
    ("noun", "plural"),
    [("drony", "dronies"), ("leroy", "leroys"), ("dolf", "dolves"), ("nefe", "neves"), ("moff", "moffs"), ("mash",
     "mashes"), ("lach", "laches"), ("rax", "raxes"), ("vaz", "vazzes"), ("mamto", "mamtoes"), ("nel", "nels")],
)  # fmt: skip
def test_a_plural_by_hand(noun: str, plural: str) -> None:
    assert make_shipped.plural(noun) == plural
