"""Should the recurrent cell run before or after the attention weights are computed?

The article leaves it open: "I tried both methods, and they both lead to convergence". Here five scores are run in both
orders, with and without input feeding; nothing else differs. Each arm searches its learning rate with the same number
of trials at each length, and the best rate is run with fresh seeds.
"""

from itertools import product

from optuna.distributions import FloatDistribution

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Decision, Switch
from studies.design.study import Arm, Profile, Study
from studies.design.tuning import Tuning

SCORES = ("dot", "scaled_dot", "general", "concat", "additive")
ORDERS = {"cell_first": "current", "attention_first": "previous"}
FEEDING = {"": False, "_fed": True}

# 1. The data: strings from an alphabet of four letters, up to the length of the factor. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=3, max_length=10)

# 2. The model: one GRU layer of 64 units in encoder and decoder; the logits read state and context in either order.
# The packing `padded_exact` gives the values of `packed`, up to rounding, in three quarters of the time of a training.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, readout="both", packing="padded_exact")

# 3. The training: 400 steps of 30 strings, evaluated every 25.
TRAINING = TrainConfig(epochs=16, steps_per_epoch=25, batch_size=30)

# 4. The arms: five scores, two orders, input feeding on or off. The comparisons: pairs that differ in one switch.
ARMS = {
    f"{score}_{order}{fed}": Arm(score=score, query=ORDERS[order], input_feeding=FEEDING[fed])
    for score, order, fed in product(SCORES, ORDERS, FEEDING)
}
SWITCHES = (
    Switch(
        "attention before the cell, without input feeding",
        tuple((f"{score}_attention_first", f"{score}_cell_first") for score in SCORES),
    ),
    Switch(
        "attention before the cell, with input feeding",
        tuple((f"{score}_attention_first_fed", f"{score}_cell_first_fed") for score in SCORES),
    ),
    Switch(
        "input feeding, with the cell first",
        tuple((f"{score}_cell_first_fed", f"{score}_cell_first") for score in SCORES),
    ),
    Switch(
        "input feeding, with attention first",
        tuple((f"{score}_attention_first_fed", f"{score}_attention_first") for score in SCORES),
    ),
)

# 5. The answer: yes, if attention before the cell needs fewer steps to 99% accuracy.
DECISION = Decision(
    comparisons=("attention before the cell, without input feeding", "attention before the cell, with input feeding"),
    yes="lower",
    phrases={
        "attention before the cell, without input feeding": "without input feeding, with attention before the cell",
        "attention before the cell, with input feeding": "with input feeding, with attention before the cell",
    },
)

# 6. The tuning: the same for every arm, at each length.
TUNING = Tuning(space={"learning_rate": FloatDistribution(1e-3, 3e-2, log=True)}, trials_per_arm=6)

# 7. The profiles. quick has short strings, and the fewest seeds with which a comparison can be significant.
PROFILES = {
    "smoke": Profile(
        seeds=1,
        trials_per_arm=1,
        factors={"max_length": (4,)},
        training={"epochs": 1, "steps_per_epoch": 5, "evaluation_size": 20, "test_size": 20},
    ),
    "quick": Profile(seeds=9, trials_per_arm=3, factors={"max_length": (5, 10)}, training={"epochs": 8}),
    "full": Profile(seeds=10, factors={"max_length": (8, 16)}),
}

STUDY = Study(
    question="Should attention run before the recurrent cell?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="general_cell_first",
    arms=ARMS,
    primary="steps_to_99",
    profiles=PROFILES,
    tuning=TUNING,
    switches=SWITCHES,
    decision=DECISION,
)
