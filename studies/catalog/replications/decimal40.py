"""Does a score that moves along the source reverse and copy digits at ten times the trained length, where Transformers,
Universal Transformers and an LSTM do not?

The tasks of "Universal Transformers" (Dehghani et al., ICLR 2019, section 3.4 and Table 4), whose data are those of
tensor2tensor (`data_generators/algorithmic.py`, commit bafdc1b): ten digits, lengths from 1 to 40 to train and from 1
to 400 to test. The published models are not trained here; three scores of this project stand beside them.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision, Published, Source
from studies.design.study import Arm, Profile, Study

# 1. The data: ten letters stand for the digits.
TASK = TaskConfig(letters=10, min_length=1, max_length=40)

# 2. The model: a start and an end around the source, which a score can step on to.
BASE = ModelConfig(boundaries=True, bidirectional=True, hidden_size=64, embedding_size=32, packing="padded_exact")

# 3. The training.
TRAINING = TrainConfig(epochs=12, steps_per_epoch=100, batch_size=64, learning_rate=3e-3, test_size=2000)

# 4. The arms.
ARMS = {name: Arm(score=name) for name in ("additive", "location", "shift")}

# 5. The published results: the fraction of characters and of sequences that are right.
SOURCE = Source(
    "Dehghani et al. 2019",
    "Table 4",
    "Trained on lengths up to 40, tested up to 400; digits. The model column names the published model; the rows below "
    "each group are the arms of this study. Of lengths from 1 to 400, a tenth is no longer than those of the training.",
)
TABLE = {
    "copy": {
        "LSTM": (0.45, 0.09),
        "Transformer": (0.53, 0.03),
        "Universal Transformer": (0.91, 0.35),
        "Neural GPU": (1.0, 1.0),
    },
    "reverse": {
        "LSTM": (0.66, 0.11),
        "Transformer": (0.13, 0.06),
        "Universal Transformer": (0.96, 0.46),
        "Neural GPU": (1.0, 1.0),
    },
}
PUBLISHED = tuple(
    Published(
        source=SOURCE,
        arm=None,
        model=model,
        metric=metric,
        low=values[place],
        high=values[place],
        levels={"task": task},
    )
    for task, models in TABLE.items()
    for place, metric in enumerate(("overlap", "exact_match"))
    for model, values in models.items()
)

DIFFERENCES = (
    "The training data are fresh strings in place of 100,000 fixed ones, and the test set has 2,000 strings in place "
    'of 10,000. Both have uniform lengths, as the generators of the data say; the paper says "length 40" and "length '
    '400".',
    "The section of the paper on this task does not state size, layers, attention and steps of its LSTM; those of the "
    "arms are in the settings. The Neural GPU was trained with a curriculum.",
    "The paper does not say whether its accuracies are free-running. Here they are: the characters that are right are "
    "overlap, the sequences that are right exact_match.",
    "overlap is a mean over strings. The metric of tensor2tensor is a mean over tokens, in which long strings count "
    "more; the paper does not say which it uses. The arms are less accurate on long strings, so by tokens their values "
    "are lower.",
)

# 6. The profiles.
PROFILES = {
    "smoke": Profile(
        seeds=1, training={"epochs": 2, "steps_per_epoch": 5, "batch_size": 8, "evaluation_size": 20, "test_size": 20}
    ),
    "quick": Profile(seeds=1, training={"test_size": 200}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does the score shift give more exact outputs than additive at up to ten times the trained length?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="additive",
    arms=ARMS,
    factors={"task": ("reverse", "copy")},
    primary="exact_match",
    profiles=PROFILES,
    recipe="decimal40",
    contrasts=(
        Contrast("shift", "additive", "shift against additive"),
        Contrast("location", "additive", "location against additive"),
    ),
    published=PUBLISHED,
    differences=DIFFERENCES,
    decision=Decision(
        comparisons=("shift against additive",),
        yes="higher",
        phrases={"additive": "with additive attention", "shift against additive": "with shift"},
    ),
)
