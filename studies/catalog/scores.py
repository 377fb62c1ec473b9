"""Which score learns to reverse a string in the fewest steps, once each has the learning rate that suits it?

With one learning rate for all arms, as in the study `attention`, a score may win because this rate suits it. Here each
arm first searches its own rate, all arms with the same number of trials. Then the best rate is run with fresh seeds,
and only these runs are compared.
"""

from optuna.distributions import FloatDistribution

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Decision
from studies.design.study import Arm, Profile, Study
from studies.design.tuning import Tuning

# 1. The data: strings of 5 to 14 letters from an alphabet of four, all lengths equally likely. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units in encoder and decoder; the cell runs first, and its new state is the query.
# The packing `padded_exact` gives the values of `packed`, up to rounding, in three quarters of the time of a training.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current", packing="padded_exact")

# 3. The training: 20 epochs of 25 batches of 30. Tuned arms need 200 to 300 steps, so they are evaluated every 25.
TRAINING = TrainConfig(epochs=20, steps_per_epoch=25, batch_size=30)

# 4. The arms. general is the baseline, because the article uses it.
ARMS = {
    "dot": Arm(score="dot"),
    "scaled_dot": Arm(score="scaled_dot"),
    "general": Arm(score="general"),
    "additive": Arm(score="additive"),
}

# 5. The tuning: from learning rates that are too low to learn in time to rates that diverge. Eight trials per arm; from
# the fifth on, a trial that falls behind the median of the earlier ones is pruned.
TUNING = Tuning(space={"learning_rate": FloatDistribution(1e-4, 1e-1, log=True)}, trials_per_arm=8)

# 6. The answer: yes, if a score needs more or fewer steps to 99% accuracy than general.
DECISION = Decision(
    comparisons=("dot against general", "scaled_dot against general", "additive against general"), yes="different"
)

# 7. The profiles. full adds longer sequences, and tunes for each length.
PROFILES = {
    "smoke": Profile(
        seeds=2,
        trials_per_arm=2,
        training={"epochs": 2, "steps_per_epoch": 20, "evaluation_size": 60, "test_size": 100},
    ),
    "quick": Profile(seeds=10),
    "full": Profile(
        seeds=10,
        trials_per_arm=24,
        factors={"max_length": (14, 28)},
        training={"epochs": 60, "steps_per_epoch": 50},
    ),
}

STUDY = Study(
    question="Does the choice of score matter, once each is tuned?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="general",
    arms=ARMS,
    primary="steps_to_99",
    profiles=PROFILES,
    tuning=TUNING,
    decision=DECISION,
)
