"""Is what the article says true: that without attention the model reaches a plateau, and with attention it learns?

Its published figure comes from code with slips in it (`studies/slips` says which). Three groups of arms take it apart:

    meant       none, luong, bahdanau: what the article describes, done right
    one slip    the same, with one of the slips added alone
    published   none_published, luong_published, bahdanau_published: all of the slips that concern them, as published

All are measured by the article's metric too (`article_accuracy`), and epochs are counted as the article does, from 0.
"""

from seq2seq_core.config import TaskConfig, TrainConfig
from seq2seq_core.config.presets import preset
from studies.design.comparisons import Contrast, Published
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 of four letters. As meant, every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one-hot letters, packed, one GRU layer of 64 units on either side.
BASE = preset("article_none")

# 3. The training: 20 epochs of 3000 strings, 30 a batch, Adam at 1e-3, no clipping.
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

# 5. What the report says in words: what each slip does alone, and all of them.
CONTRASTS = (
    Contrast("luong", "none", "attention (Luong's general score)"),
    Contrast("bahdanau", "none", "attention (Bahdanau's additive score)"),
    Contrast("none_stuck_state", "none", "a decoder state that never advances"),
    Contrast("none_three_letters", "none", "three letters in place of four"),
    Contrast("none_fixed_strings", "none", "the same 3000 strings in every epoch"),
    Contrast("none_published", "none", "all three together, as published"),
    Contrast("bahdanau_va_per_slot", "bahdanau", "a vector v for each slot of the batch"),
    Contrast("luong_published", "none_published", "attention, with the slips on both sides, as published"),
)

# 6. What the published figure shows, read off it: attention (Luong) and none, after some of its epochs.
PUBLISHED = (
    Published("luong_published", "article_accuracy", epoch=0, low=0.72, high=0.72),
    Published("luong_published", "article_accuracy", epoch=3, low=0.97, high=0.97),
    Published("luong_published", "article_accuracy", epoch=7, low=1.0, high=1.0),
    Published("none_published", "article_accuracy", epoch=3, low=0.66, high=0.68),
    Published("none_published", "article_accuracy", epoch=9, low=0.66, high=0.68),
)

# 7. How much of it is run. quick ends after the ten epochs in which attention learns.
PROFILES = {
    "smoke": Profile(seeds=2, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}),
    "quick": Profile(seeds=10, training={"epochs": 10}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Is the article's plateau without attention real, or which part of it comes from which slip of its code?",
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
    first_epoch=0,
)
