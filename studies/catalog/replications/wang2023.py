"""Does attention help to reverse strings as much as Wang 2023 reports, and how far beyond the trained lengths?

Repeats the experiments on reversal of "Learning Transductions and Alignments with RNN Seq2seq Models" (Zhengxiang Wang,
ICGI 2023, PMLR 217:223-249): three recurrent cells, each with additive attention and without. The settings are those of
the paper and its code (jaaack-wang/rnn-seq2seq-learning, commit 89195b2). An epoch here is ten of the published ones,
after which both evaluate.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Decision, Published, Source, Switch
from studies.design.study import Arm, Profile, Study

# 1. The data: 26 letters, 1,000 strings of each length from 6 to 15; the recipe repeats them, one length a batch.
TASK = TaskConfig(letters=26, min_length=6, max_length=15)
TESTED, GENERALISED = tuple(range(6, 16)), (*range(1, 6), *range(16, 31))

# 2. The model: one layer of 512 in one direction; attention first, whose context joins the cell's input.
BASE = ModelConfig(
    boundaries=True,
    embedding_size=128,
    hidden_size=512,
    score="additive",
    query="previous",
    readout="state",
    packing="padded_exact",
)

# 3. The training: at most 500 passes over the data. The recipe has the published rule for an earlier end, which needs
# at least `stop_at` on the evaluation set.
TRAINING = TrainConfig(
    epochs=50,
    steps_per_epoch=100,
    stop_at=0.995,
    keep="best",
    batch_size=1000,
    learning_rate=5e-4,
    weight_decay=1e-5,
    evaluation_size=10_000,
    test_size=50_000,
    test_lengths=GENERALISED,
)

# 4. The arms: each cell with attention and without.
NONE = {"score": None, "query": "current", "readout": "both"}
ARMS = {cell: Arm(cell=cell) for cell in ("rnn", "gru", "lstm")} | {
    f"{cell}_none": Arm(cell=cell, **NONE) for cell in ("rnn", "gru", "lstm")
}
SWITCH = Switch("attention", tuple((cell, f"{cell}_none") for cell in ("rnn", "gru", "lstm")))


# 5. The published results. Percentages are fractions here; columns are in the order of ARMS.
def _source(place: str, settings: str) -> Source:
    return Source("Wang 2023", place, settings)


def _row(
    source: Source,
    metric: str,
    values: str,
    lengths: tuple[int, ...] = (),
    *,
    scale: float = 1,
    precision: float = 0,
) -> list[Published]:
    """A published row as text: a value, or value+-sd, for each arm; - for none. `precision`: of a fraction that is read
    off a figure, whose range is declared."""
    points = []
    for arm, cell in zip(ARMS, values.split(), strict=True):
        if cell != "-":
            value, _, sd = cell.partition("+-")
            low = high = round(float(value) * scale, 6)
            if precision:
                low, high = round(max(0.0, low - precision), 6), round(min(1.0, high + precision), 6)
            spread = round(float(sd) * scale, 6) if sd else None
            points.append(
                Published(source=source, arm=arm, metric=metric, low=low, high=high, sd=spread, lengths=lengths)
            )
    return points


MEANS = _source("Table 7", "Mean and standard deviation of three runs. Each length has the same weight.")
BEST = _source(
    "Tables 1, 8 and 9",
    "The run with the largest 0.4 test + 0.6 generalisation exact match, of three. Each length has the same weight.",
)
COUNTS = _source(
    "Table 5",
    "The models without attention have the parameters of a score too, which they do not use; they are counted.",
)
STEPS = _source("Table 6", "The mean number of passes over the data, of ten steps each, until a run ended.")
LENGTHS = _source(
    "Figure 3",
    "The exact match of the best run by the length of the string, read off the figure to 0.002, which is the range.",
)
BY_LENGTH = {
    1: "0 0 0 .885 0 0",
    2: ".357 .220 .303 .835 .734 0",
    3: ".949 .813 .827 .998 1 0",
    4: ".986 .990 .998 .999 1 .928",
    5: "1 1 1 1 - .990",
    10: "- - - - .989 -",
    11: "- - - - .972 .987",
    12: "- - - - .941 .966",
    13: "- - - - .850 .915",
    14: "- - - - .684 .812",
    15: "- - .991 .958 .414 .616",
    16: ".997 .965 .955 .060 .172 .351",
    17: ".983 .645 .744 0 .034 .157",
    18: ".922 .075 .299 0 .008 .040",
    19: ".766 .004 .031 0 0 .01",
    20: ".540 0 .002 0 0 0",
    21: ".299 0 0 0 - -",
    22: ".139 0 0 0 - -",
    23: ".060 0 0 0 - -",
    24: ".021 0 0 0 - -",
    25: ".008 0 0 0 - -",
    **dict.fromkeys(range(26, 31), "0 0 0 0 0 0"),
}
PUBLISHED = (
    *_row(
        MEANS,
        "exact_match",
        "99.98+-0.00 99.93+-0.05 99.90+-0.04 99.57+-0.02 88.32+-0.45 92.66+-0.22",
        TESTED,
        scale=0.01,
    ),
    *_row(
        MEANS,
        "exact_match",
        "37.51+-2.97 21.73+-1.56 24.10+-1.57 19.92+-4.61 19.04+-0.66 12.44+-0.21",
        GENERALISED,
        scale=0.01,
    ),
    *_row(BEST, "exact_match", "99.98 99.87 99.88 99.55 88.46 92.85", TESTED, scale=0.01),
    *_row(BEST, "first_n", "99.99 99.93 99.93 99.94 96.26 97.66", TESTED, scale=0.01),
    *_row(BEST, "overlap", "100.00 99.97 99.97 99.97 98.02 98.92", TESTED, scale=0.01),
    *_row(BEST, "exact_match", "40.14 23.54 25.79 23.89 19.72 12.42", GENERALISED, scale=0.01),
    *_row(BEST, "first_n", "64.01 35.52 36.88 69.69 45.58 53.39", GENERALISED, scale=0.01),
    *_row(BEST, "overlap", "69.36 39.65 41.95 72.77 53.57 61.99", GENERALISED, scale=0.01),
    *_row(COUNTS, "parameters", "1466396 3305500 4225052 1204252 2519068 3176476"),
    *_row(STEPS, "steps", "30 93 90 483 500 500", scale=10),
    *(
        point
        for length, row in BY_LENGTH.items()
        for point in _row(LENGTHS, "exact_match", row, (length,), precision=0.002)
    ),
)

DIFFERENCES = (
    "The training set is drawn anew for each seed; the published one is the same for all runs.",
    "Evaluation and test sets are drawn for each run, lengths with equal probability; the published ones are fixed, "
    "with equally many strings of each length, and disjoint from the training data.",
    "Decoding stops at the first end token. The published code decodes as many tokens as the target has, so that "
    "letters after an early end token may count in its overlap.",
    "A run ends at exactly 99.5% and 99.99% too, as in the published code; the paper says above.",
    "The accuracy on the training strings, 100% for all six published models, is not measured. In Figure 3, values "
    "near 1 are not read.",
    "The published orders of random numbers and the initial weights behind a seed are not known.",
    "Measured values are means over the seeds. Those of Table 7 are means over three runs; those of Tables 1, 8 and 9 "
    "and of Figure 3 are of the best of them.",
)

# 6. The profiles. quick checks the beginning of each training.
BRIEF = {"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 100, "test_size": 200}
PROFILES = {
    "smoke": Profile(seeds=1, training={**BRIEF, "steps_per_epoch": 2, "batch_size": 20, "test_lengths": (1,)}),
    "quick": Profile(seeds=1, training={**BRIEF, "batch_size": 100, "test_lengths": (1, 2)}),
    "full": Profile(seeds=3),
}

STUDY = Study(
    question="Does attention improve the exact match of reversed strings of the trained lengths, as in Wang 2023?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="gru_none",
    arms=ARMS,
    primary="exact_match",
    profiles=PROFILES,
    recipe="wang2023",
    switches=(SWITCH,),
    published=PUBLISHED,
    differences=DIFFERENCES,
    decision=Decision(
        comparisons=("attention",), yes="higher", phrases={"attention": "with attention", "gru_none": "without"}
    ),
)
