"""What does scheduled sampling change, against teacher forcing, with attention and without?

With teacher forcing, the input of each decoder step is the target letter in training, and the predicted letter in use.
Scheduled sampling (Bengio et al. 2015) also feeds predicted letters in training, more and more often. Implementations
under this name draw differently: once per token, once per step of a batch, or once per sequence.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 letters from an alphabet of four. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units in encoder and decoder; quick and full run it with and without attention.
# The packing `padded_exact` gives the values of `packed`, up to rounding, in three quarters of the time of a training.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current", packing="padded_exact")

# 3. The training: 700 steps of 30 strings, evaluated every 50; one learning rate for all arms.
TRAINING = TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3, forcing_half=200)

# 4. The arms: how the share of target letters decays; for linear decay, also what is drawn and what is fed instead.
ARMS = {
    "teacher": Arm(forcing=1.0),
    "constant": Arm(forcing=0.75),
    "linear": Arm(forcing_decay="linear"),
    "exponential": Arm(forcing_decay="exponential"),
    "inverse_sigmoid": Arm(forcing_decay="inverse_sigmoid"),
    "never": Arm(forcing=0.0),
    "linear_per_step": Arm(forcing_decay="linear", forcing_draw="step"),
    "linear_per_sequence": Arm(forcing_decay="linear", forcing_draw="sequence"),
    "linear_sample": Arm(forcing_decay="linear", feed="sample"),
    "linear_expected": Arm(forcing_decay="linear", feed="expected"),
}

# 5. The comparisons.
CONTRASTS = (
    Contrast("constant", "teacher", "predicted letters in a quarter of the steps, throughout"),
    Contrast("linear", "teacher", "linear decay"),
    Contrast("exponential", "teacher", "exponential decay"),
    Contrast("inverse_sigmoid", "teacher", "inverse sigmoid decay"),
    Contrast("never", "teacher", "predicted letters alone, from the beginning"),
    Contrast("linear_per_step", "linear", "one draw per step of a batch, not per letter"),
    Contrast("linear_per_sequence", "linear", "one draw per sequence, not per letter"),
    Contrast("linear_sample", "linear", "feeding a sampled letter, not the most likely one"),
    Contrast("linear_expected", "linear", "feeding the expected embedding, not the most likely letter"),
)

# 6. The answer: yes, if a schedule of Bengio et al. ends at a higher accuracy than teacher forcing.
DECISION = Decision(
    comparisons=("linear decay", "exponential decay", "inverse sigmoid decay"),
    yes="higher",
    phrases={
        "teacher": "with teacher forcing",
        "score = none": "without attention",
        "score = general": "with attention",
    },
)

# 7. The profiles.
PROFILES = {
    "smoke": Profile(seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}),
    "quick": Profile(seeds=10, factors={"score": (None, "general")}, training={"epochs": 7}),
    "full": Profile(seeds=10, factors={"score": (None, "general")}),
}

STUDY = Study(
    question="Does scheduled sampling improve on teacher forcing?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="teacher",
    arms=ARMS,
    primary="levenshtein_accuracy",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    decision=DECISION,
)
