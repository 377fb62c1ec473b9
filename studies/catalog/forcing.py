"""What does scheduled sampling change, against teacher forcing?

Under teacher forcing the decoder is fed the true letter at every step of training, and its own at every step of use.
Scheduled sampling (Bengio et al. 2015) feeds its own now and then in training too, and ever more often. Codebases draw
in different ways and call it the same: for each token, for each step of the whole batch, for each sequence.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast
from studies.design.study import Arm, Profile, Study

# 1. The data: four letters, 5 to 14 of them. Each batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units on either side; with attention, and without, where one error leads to others.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current")

# 3. The training: 700 steps of 30 strings, scored every 50; the same rate for all arms.
TRAINING = TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3, forcing_half=200)

# 4. The arms: how the true letters fade out; then, for one of the ways, how it is drawn and what is fed instead.
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

# 5. What the report says in words.
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

# 6. How much of it is run.
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
