"""The pairs of a task: three sets, numbered by the vocabulary of the training pairs, with their counts and hashes."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seq2seq_core.data.formats import DataError, Row, read_bytes, rows_of
from seq2seq_core.data.shipped import locate
from seq2seq_core.data.split import PART, shuffled, split_sources
from seq2seq_core.data.vocabulary import UNKNOWN, Vocabulary, split, vocabulary_of

SETS = ("train", "evaluation", "test")
LONGEST = 10_000
"""Units of the longest source or target."""


@dataclass(frozen=True)
class PairFiles:
    """Where the pairs are, and how they are read. Without a file for evaluation or test, these pairs are split off from
    `train`."""

    train: str
    evaluation: str
    test: str
    units: str
    split_seed: int

    @property
    def paths(self) -> dict[str, Path]:
        """Set -> file, for the sets that have one."""
        names = {name: getattr(self, name) for name in SETS}
        return {name: locate(path) for name, path in names.items() if path}


@dataclass(frozen=True)
class Sequences:
    """Sequences of tokens, end to end."""

    tokens: Tensor
    starts: Tensor
    """The position of the first token of each sequence."""
    lengths: Tensor

    @classmethod
    def of(cls, texts: Iterable[Sequence[int]]) -> Sequences:
        tokens, lengths = array("i"), array("q")
        for text in texts:
            tokens.extend(text)
            lengths.append(len(text))
        counts = torch.tensor(lengths, dtype=torch.int64)
        return cls(torch.tensor(tokens, dtype=torch.int32), counts.cumsum(0) - counts, counts)

    @property
    def longest(self) -> int:
        return int(self.lengths.max())

    @property
    def unknown(self) -> int:
        """The number of unknown tokens."""
        return int((self.tokens == UNKNOWN).sum())


@dataclass(frozen=True)
class PairSet:
    """The pairs of one set. Those of training are in the order of their file; those of evaluation and test in an order
    that the split's seed decides, so that the first of them are a fair sample."""

    sources: Sequences
    targets: Sequences
    duplicates: int
    """Pairs that are equal to an earlier pair of the set."""
    in_training: int
    """Pairs whose source is also the source of a training pair; 0 for the training set."""
    in_evaluation: int
    """Pairs whose source is also the source of an evaluation pair; 0 for the other sets than the test set."""

    def __len__(self) -> int:
        return len(self.sources.lengths)


@dataclass(frozen=True)
class PairData:
    """The data of a task."""

    content: str
    """16 hexadecimal digits of the SHA-256 of the pairs in their order: equal for files of another name or format with
    the same pairs."""
    vocabulary: Vocabulary
    sets: dict[str, PairSet]
    files: tuple[dict[str, Any], ...]
    """Set, name, SHA-256, bytes and pairs of each file."""
    split_off: tuple[str, ...]
    """The sets that have no file."""
    split_seed: int

    @property
    def shortest_source(self) -> int:
        return min(int(one.sources.lengths.min()) for one in self.sets.values())

    @property
    def longest_source(self) -> int:
        return max(one.sources.longest for one in self.sets.values())

    @property
    def longest_target(self) -> int:
        return max(one.targets.longest for one in self.sets.values())

    def summary(self) -> dict[str, Any]:
        """What the provenance of a study records, as plain JSON."""
        return {
            "content": self.content,
            "units": self.vocabulary.units,
            "vocabulary": len(self.vocabulary.symbols),
            "files": [dict(file) for file in self.files],
            "split": {"seed": self.split_seed, "sets": list(self.split_off)},
            "sets": {
                name: {
                    "pairs": len(one),
                    "longest_source": one.sources.longest,
                    "longest_target": one.targets.longest,
                    "unknown_in_sources": one.sources.unknown,
                    "unknown_in_targets": one.targets.unknown,
                    "duplicates": one.duplicates,
                    "sources_in_training": one.in_training,
                    "sources_in_evaluation": one.in_evaluation,
                }
                for name, one in self.sets.items()
            },
        }

    def notices(self) -> list[str]:
        """A line for each thing about the data that a reader of its scores should know."""
        lines = []
        for name, one in self.sets.items():
            if one.in_training:
                lines.append(
                    f"data: {one.in_training:,} of {len(one):,} {name} pairs have a source that is also in the "
                    "training pairs; a model may have memorised them"
                )
            if one.in_evaluation:
                lines.append(
                    f"data: {one.in_evaluation:,} of {len(one):,} {name} pairs have a source that is also in the "
                    "evaluation pairs, which may choose settings and when a run ends"
                )
            if one.duplicates:
                lines.append(f"data: {one.duplicates:,} of {len(one):,} {name} pairs repeat an earlier pair of the set")
            if one.sources.unknown or one.targets.unknown:
                lines.append(
                    f"data: the {name} pairs have {self.vocabulary.units} that are in no training pair, "
                    f"{one.sources.unknown:,} in sources and {one.targets.unknown:,} in targets; each of these in a "
                    "target counts as an error"
                )
        return lines


_known: dict[PairFiles, tuple[list[tuple[int, ...]], PairData]] = {}
"""(state of the files, their data). All of them stay in memory: the runs of a study may have different data."""


def read_data(files: PairFiles) -> PairData:
    """The data in these files, read again only if a file has changed. DataError for a file that cannot be used."""
    state = [_state_of(path) for path in files.paths.values()]
    before, data = _known.pop(files, (None, None))
    if data is None or before != state:
        data = _read(files)
    _known[files] = state, data  # as the last one
    return data


def known_data(content: str, units: str, split_seed: int) -> PairData | None:
    """The data with this content, if this process has read it; the last one read first."""
    found = (one for _, one in reversed(_known.values()) if one.content == content)
    return next((one for one in found if (one.vocabulary.units, one.split_seed) == (units, split_seed)), None)


def _state_of(path: Path) -> tuple[int, ...]:
    """What changes when the file is written; empty for a file that cannot be read."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ()
    return (status.st_mtime_ns, status.st_size, status.st_ino)


def _read(files: PairFiles) -> PairData:
    rows, facts, digest = {}, [], hashlib.sha256()
    for name, path in files.paths.items():
        content = read_bytes(path)
        rows[name] = [_checked(path, row, files.units) for row in rows_of(path, content)]
        if not rows[name]:
            raise DataError(f"{path}: no pair; expected at least one")
        for _, source, target in rows[name]:
            digest.update(f"{name}\0{source}\0{target}\0".encode())
        facts.append(
            {
                "set": name,
                "name": path.name,
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "pairs": len(rows[name]),
            }
        )
    split_off = tuple(name for name in SETS if name not in rows)
    pairs = {name: [(source, target) for _, source, target in of_set] for name, of_set in rows.items()}
    if split_off:
        pairs |= _split(files, pairs["train"], split_off)
    vocabulary = vocabulary_of((text for pair in pairs["train"] for text in pair), files.units)
    sources = {name: {source for source, _ in of_set} for name, of_set in pairs.items()}
    return PairData(
        content=digest.hexdigest()[:16],
        vocabulary=vocabulary,
        sets={name: _numbered(name, pairs[name], vocabulary, sources, files.split_seed) for name in SETS},
        files=tuple(facts),
        split_off=split_off,
        split_seed=files.split_seed,
    )


def _checked(path: Path, row: Row, units: str) -> Row:
    """The row; with tokens, one space between any two, so that texts are equal if their tokens are. DataError for a
    source or target that is empty or too long."""
    if units == "tokens":
        row = Row(row.line, " ".join(split(row.source, units)), " ".join(split(row.target, units)))
    for name, text in (("source", row.source), ("target", row.target)):
        length = len(text) if units == "characters" else len(split(text, units))
        if not length:
            raise DataError(f"{path}, line {row.line}: the {name} is empty; expected at least one of its {units}")
        if length > LONGEST:
            raise DataError(f"{path}, line {row.line}: the {name} has {length:,} {units}; expected at most {LONGEST:,}")
    return row


def _split(
    files: PairFiles, pairs: Sequence[tuple[str, str]], split_off: Sequence[str]
) -> dict[str, list[tuple[str, str]]]:
    """The training pairs, and those that are split off."""
    distinct = len({source for source, _ in pairs})
    if distinct <= len(split_off):
        raise DataError(
            f"{files.paths['train']}: {distinct} distinct source{'s' * (distinct != 1)}; expected at least "
            f"{len(split_off) + 1} to split off one in {PART} for {' and '.join(split_off)}, or a file for each"
        )
    set_of = split_sources([source for source, _ in pairs], split_off, files.split_seed)
    sets: dict[str, list[tuple[str, str]]] = {name: [] for name in ("train", *split_off)}
    for pair in pairs:
        sets[set_of.get(pair[0], "train")].append(pair)
    return sets


def _numbered(
    name: str,
    pairs: Sequence[tuple[str, str]],
    vocabulary: Vocabulary,
    sources_of: Mapping[str, set[str]],
    seed: int,
) -> PairSet:
    if name != "train":
        place = {source: number for number, source in enumerate(shuffled(sources_of[name], seed))}
        pairs = sorted(pairs, key=lambda pair: place[pair[0]])
    sources, targets = (
        Sequences.of(vocabulary.tokens(vocabulary.split(pair[side])) for pair in pairs) for side in (0, 1)
    )
    return PairSet(
        sources,
        targets,
        duplicates=len(pairs) - len(set(pairs)),
        in_training=0 if name == "train" else sum(source in sources_of["train"] for source, _ in pairs),
        in_evaluation=sum(source in sources_of["evaluation"] for source, _ in pairs) if name == "test" else 0,
    )
