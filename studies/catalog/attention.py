"""Does attention help a recurrent model to reverse a string, and which score learns it in the fewest steps?

The task: read random letters, write them backwards.

    source      b a d d c a        source      c c a b d
    target      a c d d a b </s>   target      d b a c c </s>

Without attention, the decoder knows the source only by the encoder's last state. With attention it also reads, at each
step, an average of all encoder states, whose weights come from a score. The arms differ in this score alone: the
recurrent cell runs first, and its new state is the query.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 letters from an alphabet of four, all lengths equally likely. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units in encoder and decoder, as in the article.
# The packing `padded_exact` gives the values of `packed`, up to rounding, in three quarters of the time of a training.
BASE = ModelConfig(cell="gru", hidden_size=64, layers=1, query="current", packing="padded_exact")

# 3. The training: 20 epochs of 100 batches of 30, Adam with a learning rate of 1e-3, evaluated after each epoch.
TRAINING = TrainConfig(epochs=20, steps_per_epoch=100, batch_size=30, learning_rate=1e-3)

# 4. The arms. dot, general and additive are the scores of Luong et al. 2015 and Bahdanau et al. 2015.
ARMS = {
    "none": Arm(score=None),
    "dot": Arm(score="dot"),
    "general": Arm(score="general"),
    "additive": Arm(score="additive"),
}

# 5. The comparisons: each score with none, and the scores with each other.
CONTRASTS = (
    Contrast("dot", "none", "dot against none"),
    Contrast("general", "none", "general against none"),
    Contrast("additive", "none", "additive against none"),
    Contrast("dot", "general", "dot against general"),
    Contrast("additive", "general", "additive against general"),
    Contrast("additive", "dot", "additive against dot"),
)

# 6. The answer: yes, if a score needs fewer steps to 99% accuracy than no attention.
DECISION = Decision(
    comparisons=("dot against none", "general against none", "additive against none"),
    yes="lower",
    phrases={"none": "without attention", **{score: f"with {score} attention" for score in ARMS if score != "none"}},
)

# 7. The profiles. quick evaluates twice as often, and stops when the arms with attention have had the time to learn.
# full also shows from which length on attention matters, and trains for longer.
PROFILES = {
    "smoke": Profile(seeds=2, training={"epochs": 2, "steps_per_epoch": 20, "evaluation_size": 60, "test_size": 100}),
    "quick": Profile(seeds=10, training={"epochs": 14, "steps_per_epoch": 50}),
    "full": Profile(seeds=10, factors={"max_length": (14, 28, 56)}, training={"epochs": 60}),
}

STUDY = Study(
    question="Does attention help?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="none",
    arms=ARMS,
    primary="steps_to_99",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    decision=DECISION,
)
