"""The user's own pairs of source and target: from files to numbered tokens.

It imports nothing but tokens, so that a configuration can name its files. A file that cannot be used raises DataError,
in one line with the file and the line number.

formats      the rows of a TSV, CSV or JSONL file; DataError
vocabulary   the units of texts, their tokens, the unknown token
split        which pairs of one file are for training, evaluation and test
pair_data    the three sets of a task, numbered, with their counts and hashes
shipped      the names of the data sets in shipped/
make_shipped writes the files in shipped/
"""

from seq2seq_core.data.formats import DataError
from seq2seq_core.data.pair_data import PairData, PairFiles, PairSet, known_data, read_data
from seq2seq_core.data.vocabulary import UNITS, UNKNOWN, Vocabulary

__all__ = [
    "UNITS",
    "UNKNOWN",
    "DataError",
    "PairData",
    "PairFiles",
    "PairSet",
    "Vocabulary",
    "known_data",
    "read_data",
]
