"""What does scheduled sampling change, against teacher forcing?

With teacher forcing, the input of each decoder step is the target letter in training, and the predicted letter in use.
Scheduled sampling (Bengio et al. 2015) also feeds predicted letters in training, more and more often. Implementations
under this name draw differently: once per token, once per step of a batch, or once per sequence.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 letters from an alphabet of four. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units in encoder and decoder; quick and full run it with and without attention.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current")

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
    Contrast("constant", "teacher", "a quarter of the tokens its own, throughout"),
    Contrast("linear", "teacher", "linear decay to its own tokens alone"),
    Contrast("exponential", "teacher", "exponential decay"),
    Contrast("inverse_sigmoid", "teacher", "inverse sigmoid decay"),
    Contrast("never", "teacher", "its own tokens from the beginning"),
    Contrast("linear_per_step", "linear", "one draw a step for the whole batch, not one a token"),
    Contrast("linear_per_sequence", "linear", "one draw a sequence, not one a token"),
    Contrast("linear_sample", "linear", "feeding a sample, not the arg max"),
    Contrast("linear_expected", "linear", "feeding the expected embedding, not the arg max"),
)

# 6. The profiles.
PROFILES = {
    "smoke": Profile(seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}),
    "quick": Profile(seeds=10, factors={"score": (None, "general")}, training={"epochs": 7}),
    "full": Profile(seeds=10, factors={"score": (None, "general")}),
}

STUDY = Study(
    question="What does scheduled sampling change, against teacher forcing, with attention and without?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="teacher",
    arms=ARMS,
    primary="levenshtein_accuracy",
    profiles=PROFILES,
    contrasts=CONTRASTS,
)
