"""Which score learns to invert a sequence in the fewest steps, once each has the learning rate that suits it?

With one learning rate for all, as in the study `attention`, a score may come out ahead because that rate happens to
suit it. Here each arm first searches its own, with the same number of trials as the others; then the rate that it
chose is run with fresh seeds, and only those runs are compared.
"""

from optuna.distributions import FloatDistribution

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.study import Arm, Profile, Study
from studies.tuning import Tuning

# 1. The data: four letters, 5 to 14 of them, every length as likely as the next. Each batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units on either side; the cell runs first, and its new state asks.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current")

# 3. The training: 20 epochs of 25 batches of 30. Tuned arms need 200 to 300 steps, so they are scored every 25.
TRAINING = TrainConfig(epochs=20, steps_per_epoch=25, batch_size=30)

# 4. The arms: what is compared. general is the baseline, as the one that the question was first asked with.
ARMS = {
    "dot": Arm(score="dot"),
    "scaled_dot": Arm(score="scaled_dot"),
    "general": Arm(score="general"),
    "additive": Arm(score="additive"),
}

# 5. The tuning: from rates that learn nothing in the time given to rates that fall apart. Eight trials an arm; from the
# fifth on, one that falls behind the median of those before it is stopped.
TUNING = Tuning(space={"learning_rate": FloatDistribution(1e-4, 1e-1, log=True)}, trials_per_arm=8)

# 6. How much of it is run. full asks it again for longer sequences, and tunes for each length.
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
    question="Which score learns to invert a sequence in the fewest steps, once all are tuned?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="general",
    arms=ARMS,
    primary="steps_to_99",
    profiles=PROFILES,
    tuning=TUNING,
)
