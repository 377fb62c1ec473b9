"""Does the article's plateau without attention come from errors in its code, and which error does what?

The published curves come from code with errors (called slips in names; see `studies/recipes/article.py`). Three groups
of arms separate their effects:

    correct     none, luong, bahdanau: what the article describes
    one slip    the same with a single error
    published   none_published, luong_published, bahdanau_published: all errors that apply to the arm, as published

All arms are also measured by the article's metric (`article_accuracy`). Epochs count from 0, as in the article.
"""

from seq2seq_core.config import TaskConfig, TrainConfig
from seq2seq_core.config.presets import preset
from studies.design.comparisons import Contrast, Decision, Published, Source
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 letters from an alphabet of four. Without slips, every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one-hot letters, packed, one GRU layer of 64 units in encoder and decoder.
BASE = preset("article_none")

# 3. The training: 20 epochs of 3000 strings, 30 a batch, Adam with a learning rate of 1e-3, no clipping.
TRAINING = TrainConfig(epochs=20, steps_per_epoch=100, batch_size=30, learning_rate=1e-3, clip_norm=None)

# 4. The arms.
NONE = {"score": None}
LUONG = {"score": "general"}
BAHDANAU = {"score": "additive", "query": "previous", "readout": "state"}
ARMS = {
    "none": Arm(**NONE),
    "luong": Arm(**LUONG),
    "bahdanau": Arm(**BAHDANAU),
    "none_stuck_state": Arm("stuck_state", **NONE),
    "none_three_letters": Arm("three_letters", **NONE),
    "none_fixed_strings": Arm("fixed_strings", **NONE),
    "bahdanau_va_per_slot": Arm("va_per_slot", **BAHDANAU),
    "none_published": Arm("stuck_state", "three_letters", "fixed_strings", **NONE),
    "luong_published": Arm("three_letters", "fixed_strings", **LUONG),
    "bahdanau_published": Arm("va_per_slot", "three_letters", "fixed_strings", **BAHDANAU),
}

# 5. The comparisons: the effect of each slip alone, and of all slips.
CONTRASTS = (
    Contrast("luong", "none", "attention (Luong's general score)"),
    Contrast("bahdanau", "none", "attention (Bahdanau's additive score)"),
    Contrast("none_stuck_state", "none", "a decoder state that never advances"),
    Contrast("none_three_letters", "none", "three letters in place of four"),
    Contrast("none_fixed_strings", "none", "the same 3000 strings in every epoch"),
    Contrast("none_published", "none", "all three errors, as published"),
    Contrast("bahdanau_va_per_slot", "bahdanau", "a vector v for each place in the batch"),
    Contrast("luong_published", "none_published", "attention, with the errors on both sides, as published"),
)

# 6. The answer: yes, if a model without attention ends at a lower accuracy with the published errors than without.
DECISION = Decision(
    comparisons=("all three errors, as published", "a decoder state that never advances"),
    yes="lower",
    phrases={
        "none": "without them",
        "all three errors, as published": "with the three published errors",
        "a decoder state that never advances": "with one of them alone, a decoder state that never advances",
    },
)

# 7. The published results: attention (Luong) and none, after some epochs.
SOURCE = Source(
    citation="the article",
    place="its figure of the accuracy by epoch",
    settings="One run each, by the code with its errors, and by the article's own metric. The values are read off the "
    "figure.",
)
PUBLISHED = tuple(
    Published(source=SOURCE, arm=arm, metric="article_accuracy", epoch=epoch, low=low, high=high)
    for arm, epoch, low, high in (
        ("luong_published", 0, 0.72, 0.72),
        ("luong_published", 3, 0.97, 0.97),
        ("luong_published", 7, 1.0, 1.0),
        ("none_published", 3, 0.66, 0.68),
        ("none_published", 9, 0.66, 0.68),
    )
)

# 8. The profiles. quick ends after the ten epochs in which the arms with attention learn.
PROFILES = {
    "smoke": Profile(seeds=2, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}),
    "quick": Profile(seeds=10, training={"epochs": 10}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does the article's plateau without attention come from errors in its code?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="none",
    arms=ARMS,
    primary="levenshtein_accuracy",
    profiles=PROFILES,
    recipe="article",
    contrasts=CONTRASTS,
    published=PUBLISHED,
    decision=DECISION,
    first_epoch=0,
)
