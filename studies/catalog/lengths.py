"""Does attention help, which score, and which encoder: from strings of 10 letters to strings of 160?

Other studies ask one of these questions at short lengths. Here the same ten arms are run at five lengths: no attention,
two of Luong's scores, Bahdanau's score in both orders, each with a packed encoder and with a padded one. `retrograde
bench --of` times the training steps of exactly these arms, so that the report gives the time to 99% accuracy too.
"""

from collections.abc import Mapping
from typing import Any

from optuna.distributions import FloatDistribution

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision, Switch
from studies.design.study import Arm, Profile, Study
from studies.design.tuning import Tuning

# 1. The data: strings from an alphabet of four letters, from half of the length of the factor up to it, all lengths
# equally likely. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=10)

# 2. The model: 64 GRU units, in two directions that are summed in the encoder. With one direction, no arm learns 160
# letters in an affordable time. `retrograde run lengths --set cell=lstm` has LSTMs instead.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, bidirectional=True, merge="sum")

# 3. The training: batches of 30. A run ends once it is solved: at 99% accuracy in two evaluations in a row. At 10 and
# 20 letters there are enough steps to see whether a curve without attention has a plateau.
TRAINING = TrainConfig(epochs=400, steps_per_epoch=25, batch_size=30, stop_at=0.99)
LENGTHS = {
    10: {"min_length": 5, "epochs": 400, "steps_per_epoch": 25},
    20: {"min_length": 10, "epochs": 400, "steps_per_epoch": 50},
    40: {"min_length": 20, "epochs": 60, "steps_per_epoch": 50},
    80: {"min_length": 40, "epochs": 60, "steps_per_epoch": 50},
    160: {"min_length": 80, "epochs": 50, "steps_per_epoch": 50},
}

# 4. The arms: a score and the place of the attention, with each encoder. A packed encoder skips the padding; its values
# are computed as `padded_exact`, which is faster. A padded encoder reads the padding, so it is another model.
ATTENTION: Mapping[str, Mapping[str, Any]] = {
    "none": {"score": None},
    "dot": {"score": "dot"},
    "general": {"score": "general"},
    "additive": {"score": "additive"},
    "additive_first": {"score": "additive", "query": "previous"},
}
ENCODERS = {"": "padded_exact", "padded_": "padded"}
ARMS = {
    f"{encoder}{attention}": Arm(**settings, packing=packing)
    for encoder, packing in ENCODERS.items()
    for attention, settings in ATTENTION.items()
}

# 5. The comparisons: five at each length, so that ten seeds are enough for 25.
CONTRASTS = (
    Contrast("general", "none", "general against none"),
    Contrast("additive", "none", "additive against none"),
    Contrast("additive", "general", "additive against general"),
    Contrast("additive_first", "additive", "attention before the cell"),
)
SWITCHES = (
    Switch("an encoder that reads the padding", tuple((f"padded_{attention}", attention) for attention in ATTENTION)),
)

# 6. The answer: yes, if Luong's and Bahdanau's attention both need fewer steps to 99% accuracy than no attention.
DECISION = Decision(
    comparisons=("general against none", "additive against none"),
    yes="lower",
    phrases={
        "none": "without attention",
        "general": "with general attention",
        "additive": "with additive attention",
        **{f"max_length = {length}": f"at {length} letters" for length in LENGTHS},
    },
)

# 7. The tuning: the same for every arm, at each length.
TUNING = Tuning(space={"learning_rate": FloatDistribution(1e-3, 1e-2, log=True)}, trials_per_arm=4)

# 8. The profiles. quick has four arms with packed encoders up to 40 letters, and trains the arm without attention
# as long as the others.
PROFILES = {
    "smoke": Profile(
        seeds=1,
        trials_per_arm=1,
        factors={"max_length": (10, 20)},
        training={"epochs": 1, "steps_per_epoch": 5, "evaluation_size": 20, "test_size": 20},
    ),
    "quick": Profile(
        seeds=9,
        trials_per_arm=1,
        arms=("none", "general", "additive", "additive_first"),
        factors={"max_length": (10, 20, 40)},
        training={"epochs": 16, "evaluation_size": 200, "test_size": 500},
    ),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does attention help at every length?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="none",
    arms=ARMS,
    factors={"max_length": tuple(LENGTHS)},
    level_settings={"max_length": LENGTHS},
    primary="steps_to_99",
    profiles=PROFILES,
    tuning=TUNING,
    contrasts=CONTRASTS,
    switches=SWITCHES,
    decision=DECISION,
)
