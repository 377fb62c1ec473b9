"""Files of pairs: any text survives a round trip, and a bad file is refused in one line with its line number."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2seq_core.data import DataError, PairFiles, read_data
from seq2seq_core.data.formats import Row, read_bytes, rows_of

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1)
PAIRS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8)
LINE = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\t\n\r"), min_size=1)
GOOD = "abc\tcba\n"


def pairs_in(name: str, content: bytes) -> list[tuple[str, str]]:
    return [(source, target) for _, source, target in rows_of(Path(name), content)]


@given(st.lists(st.tuples(LINE, LINE), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_pairs_survive_a_tsv_file(pairs: list[tuple[str, str]], end: str, marked: bool) -> None:
    text = "".join(f"{source}\t{target}{end}" for source, target in [("source", "target"), *pairs])
    assert pairs_in("a.tsv", text.encode("utf-8-sig" if marked else "utf-8")) == pairs


@given(PAIRS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_pairs_survive_a_csv_file(pairs: list[tuple[str, str]], end: str, marked: bool) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("source", "target"), *pairs])
    assert pairs_in("a.csv", file.getvalue().encode("utf-8-sig" if marked else "utf-8")) == pairs


@given(PAIRS, st.booleans(), st.booleans())
def test_pairs_survive_a_jsonl_file(pairs: list[tuple[str, str]], escaped: bool, marked: bool) -> None:
    lines = [json.dumps({"target": target, "source": source, "n": 1}, ensure_ascii=escaped) for source, target in pairs]
    assert pairs_in("a.jsonl", "\n".join(lines).encode("utf-8-sig" if marked else "utf-8")) == pairs


def test_columns_are_found_by_name_and_other_columns_are_ignored() -> None:
    assert pairs_in("a.csv", b"n,Target,source\n1,cba,abc\n2,x,y\n") == [("abc", "cba"), ("y", "x")]
    assert pairs_in("a.TSV", b"target\tn\tsource\ncba\t1\tabc") == [("abc", "cba")]


def test_without_names_the_first_row_is_a_pair() -> None:
    assert pairs_in("a.tsv", b"abc\tcba\ny\tx\n") == [("abc", "cba"), ("y", "x")]


def test_a_row_has_the_number_of_its_first_line() -> None:
    content = b'source,target\n"a\nb",c\nd,e\n'
    assert [*rows_of(Path("a.csv"), content)] == [Row(2, "a\nb", "c"), Row(4, "d", "e")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.tsv", b"", r"no pair; expected at least one"),
        ("a.tsv", b"source\ttarget\n", r"no pair; expected at least one"),
        ("a.tsv", b"abc\tcba\n\nd\te\n", r"line 2: the line is empty; expected a source, a tab and a target"),
        ("a.tsv", b"abc\tcba\n\r\nd\te\n", r"line 2: the line is empty"),
        ("a.tsv", b"abc\tcba\ndef\n", r"line 2: 1 field \('def'\); expected a source, a tab and a target$"),
        ("a.tsv", b"abc\tcba\nd\te\tf\n", r"line 2: 3 fields \('d', 'e', 'f'\); expected a source, a tab"),
        ("a.tsv", b"n\tsource\ttarget\n1\tb\n", r"line 2: 2 fields \('1', 'b'\); expected 3, as in line 1"),
        ("a.tsv", b"source\ttarget\tsource\nb\tc\td\n", r"line 1: 2 columns 'source', found 'source', 'target'"),
        ("a.tsv", b"source\ttext\nb\tc\n", r"line 1: no column 'target', found 'source', 'text'; expected both 'sou"),
        ("a.csv", b"text,target\nb,c\n", r"line 1: no column 'source', found 'text', 'target'; expected"),
        ("a.csv", b"id,src,tgt\n1,b,c\n", r"3 fields \('id', 'src', 'tgt'\); .* or a first row with the names"),
        ("a.csv", b"x" * 999 + b",b,c,d,e\n", r"5 fields \('x{12}\.\.\.x{13}', 'b', 'c', 'd', \.\.\.\); expected"),
        ("a.tsv", b"abc\tcba\n\tx\n", r"line 2: the source is empty; expected at least one of its characters"),
        ("a.tsv", b"abc\tcba\nx\t\n", r"line 2: the target is empty"),
        ("a.tsv", b"ab\tc\nab\xff\tc\n", r"line 2: the byte 0xff at offset 7 is not UTF-8; expected a file in UTF-8"),
        ("a.tsv", b"\xef\xbb\xbfab\xff\tc\n", r"line 1: the byte 0xff at offset 5 is not UTF-8"),
        ("a.tsv", "ab\tc\n".encode("utf-16"), r"offset 0 is not UTF-8 \(it may be UTF-16\)"),
        ("a.tsv", b"a\tb\nc\0\td\n", r"line 2: a NUL character; expected a text file"),
        ("a.tsv", b"a\tb\n" + b"c" * 10_485_760 + b"\td\n", r"line 2: the source has 10,485,760 char.* at most 10,000"),
        ("a.csv", b"a,b\n" + b"c" * 10_485_760 + b",d\n", r"line 2: the source has 10,485,760 characters"),
        ("a.csv", b"a,b\n\nc,d\n", r"line 2: the line is empty; expected a source, a comma and a target"),
        ("a.csv", b'a,b\n"c"d,e\n', r"line 2: ',' expected after '\"'; expected fields that are quoted as in CSV"),
        ("a.csv", b'a,b\nc,d\n"e,f\ng,h\n', r"line 3: unexpected end of data"),
        ("a.csv", b"a,b\rc,d\n", r"line 1: new-line character seen in unquoted field .*; expected fields that are"),
        ("a.tsv", b"target\tZiel\nb\tc\n", r"line 1: no column 'source', .*; a first pair with this word needs a"),
        ("a.csv", b"a;b\n", r"line 1: 1 field \('a;b'\); expected a source, a comma and a target"),
        ("a.jsonl", b'{"source": "a", "target": "b"}\n\n', r"line 2: the line is empty; expected an object"),
        ("a.jsonl", b"[1]\n", r"line 1: \[1\] is no object; expected an object such as"),
        ("a.jsonl", b"{'source'}\n", r"line 1: not JSON \(Expecting property name"),
        ("a.jsonl", b"[" * 100_000, r"line 1: not JSON \(not readable\)"),
        ("a.jsonl", b'{"source": "a"}\n', r"line 1: no key 'target', found 'source'; expected an object"),
        ("a.jsonl", b"{}\n", r"line 1: no key 'source', found none; expected an object"),
        ("a.jsonl", b'{"source": "a", "target": 3}\n', r"line 1: target is 3; expected a text in quotes"),
        ("a.jsonl", b'{"source": null, "target": "b"}\n', r"line 1: source is None; expected a text"),
        ("a.jsonl", b'{"source": "\\ud800", "target": "b"}\n', r"line 1: source has a NUL .* half of a surrogate"),
        ("a.jsonl", b'{"source": "a", "target": "\\u0000"}\n', r"line 1: target has a NUL character"),
        ("a.tsv", b"abc\tcba\n", r"1 distinct source; expected at least 3 to split off one in 10 for evaluation and"),
        ("a.txt", b"abc\tcba\n", r"the format of this file is unknown; expected a name that ends in \.tsv, \.csv or"),
        ("a", b"abc\tcba\n", r"the format of this file is unknown"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        read_data(PairFiles(str(tmp_path / name), "", "", "characters", 0))
    message = str(caught.value)
    assert message.startswith(str(tmp_path / name))
    assert "\n" not in message
    assert len(message) < 300 + len(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.tsv", "no such file or directory; expected a file with pairs"),
        ("folder.tsv", "it is not a file; expected a file with pairs"),
        ("pipe.tsv", "it is not a file"),
        ("nul\0.tsv", "expected the name of a file"),
        ("x" * 300 + ".tsv", "file name too long"),
    ],
)
def test_what_is_no_file_is_refused_in_one_line(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.tsv").mkdir()
    os.mkfifo(tmp_path / "pipe.tsv")
    with pytest.raises(DataError, match=words) as caught:
        read_data(PairFiles(str(tmp_path / name), "", "", "characters", 0))
    assert "\n" not in str(caught.value)
    assert str(caught.value).count("expected") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.touch(mode=0)
    with pytest.raises(DataError, match="permission denied"):
        read_bytes(path)


def test_tokens_between_whitespace_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("the dog\tder Hund\n  \tdie Katze\n")
    with pytest.raises(DataError, match=r"line 2: the source is empty; expected at least one of its tokens"):
        read_data(PairFiles(str(path), "", "", "tokens", 0))
