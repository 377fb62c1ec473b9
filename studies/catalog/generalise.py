"""Which attention stays exact on strings far longer than those of its training?

The models are trained on 1 to 40 letters and decode up to 10,000. The tasks are reversal and copy:

    source   b a d d c a        reverse   a c d d a b </s>        copy   b a d d c a </s>

Content-based scores (general, additive) can distinguish the positions of a longer string only by the encoder's
values. The others use the alignment of the step before: `location` by a convolution over it, `one_step` and `shift` by
moving it, by a position at most. `shift_additive` mixes both by a gate.
"""

from typing import Any

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision, Switch
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 1 to 40 letters from an alphabet of ten. Every batch is fresh.
TASK = TaskConfig(letters=10, min_length=1, max_length=40)

# 2. The model: a GRU of 64 units in two directions, and one in the decoder; the cell runs before attention. Tokens of
# start and end stand round the source, so that attention has positions to begin and to end at.
BASE = ModelConfig(cell="gru", hidden_size=64, bidirectional=True, boundaries=True, packing="padded_exact")

# 3. The training: 1,000 steps of 64 strings for every arm. No arm stops once it is solved: the arms that learn in 200
# steps would otherwise be compared with arms that have trained ten times as long. Then 200 strings of each length are
# decoded, and 20 of 10,000 letters; after a length without an exact string, fewer (see `test_lengths`).
TRAINING = TrainConfig(
    epochs=20,
    steps_per_epoch=50,
    batch_size=64,
    learning_rate=3e-3,
    evaluation_size=200,
    test_size=400,
    test_lengths=(10, 40, 41, 60, 100, 200, 500, 1_000, 10_000),
)

# 4. The arms: each attention with boundary tokens and without, some with an encoder of one direction, and a Transformer
# of about as many parameters, with a third of the learning rate. To save computing time, not every combination is run:
# without boundary tokens every encoder has two directions. One direction is run with general, additive, shift and
# one_step only.
ATTENTION: dict[str, dict[str, Any]] = {
    "none": {"score": None},
    "general": {"score": "general"},
    "additive": {"score": "additive"},
    "additive_first": {"score": "additive", "query": "previous"},
    "location": {"score": "location"},
    "shift": {"score": "shift"},
    "one_step": {"score": "one_step"},
    "shift_additive": {"score": "shift_additive"},
}
ONE_WAY = ("general", "additive", "shift", "one_step")
ARMS = {
    **{name: Arm(**attention) for name, attention in ATTENTION.items()},
    **{f"{name}_no_boundaries": Arm(**attention, boundaries=False) for name, attention in ATTENTION.items()},
    **{f"{name}_one_way": Arm(**ATTENTION[name], bidirectional=False) for name in ONE_WAY},
    "transformer": Arm(
        recipe="transformer", score=None, hidden_size=32, layers=2, bidirectional=False, learning_rate=1e-3
    ),
}

# 5. The comparisons: shift with the others, boundary tokens with none, and two directions with one. They are 20 at both
# tasks; with ten seeds, up to 25 can be significant.
OTHERS = (*(name for name in ATTENTION if name != "shift"), "transformer")
CONTRASTS = tuple(Contrast("shift", name, f"shift against {name}") for name in OTHERS)
SWITCHES = (
    Switch("boundary tokens round the source", tuple((name, f"{name}_no_boundaries") for name in ATTENTION)),
    Switch("an encoder of two directions", tuple((name, f"{name}_one_way") for name in ONE_WAY)),
)

# 6. The answer: yes, if shift is exact on more of the longer strings than attention to contents and than a Transformer.
DECISION = Decision(
    comparisons=tuple(f"shift against {name}" for name in ("general", "additive", "additive_first", "transformer")),
    yes="higher",
    phrases={
        "shift": "with the score shift",
        "general": "with the score general",
        "additive": "with the score additive",
        "additive_first": "with the score additive before the cell",
        "transformer": "with a Transformer",
        "task = reverse": "on reversal",
        "task = copy": "on copying",
    },
)

# 7. The profiles. Up to 100 letters in quick, 10,000 in full.
PROFILES = {
    "smoke": Profile(
        seeds=1,
        factors={"task": ("reverse",)},
        training={
            "epochs": 1,
            "steps_per_epoch": 5,
            "evaluation_size": 20,
            "test_size": 20,
            "test_lengths": (41, 50),
        },
    ),
    "quick": Profile(
        seeds=2,
        factors={"task": ("reverse",)},
        training={"epochs": 6, "test_size": 200, "test_lengths": (10, 40, 41, 60, 100)},
    ),
    "full": Profile(seeds=10, factors={"task": ("reverse", "copy")}),
}

STUDY = Study(
    question="Does a score that shifts the previous alignment give more exact outputs on longer strings?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="general",
    arms=ARMS,
    primary="exact_match_on_longer",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    switches=SWITCHES,
    decision=DECISION,
)
