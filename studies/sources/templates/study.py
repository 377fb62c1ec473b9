"""Does a second layer help?

    retrograde show FILE
    retrograde run FILE --profile smoke     # within a minute: does everything work?
    retrograde run FILE                     # the profile quick: the answer

The name of the file is the name of the study. A change of this file needs a new output folder.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Decision
from studies.design.study import Arm, Profile, Study

STUDY = Study(
    question="Do two layers learn to reverse a string in fewer steps than one?",
    # 1. What all arms have in common. `retrograde show FILE` prints all settings.
    base=ModelConfig(cell="gru", hidden_size=64, score="general"),
    task=TaskConfig(task="reverse", letters=4, min_length=5, max_length=14),
    training=TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3),
    # 2. What is compared: each arm changes settings of the model or the training. The others are compared with the
    #    baseline.
    baseline="one",
    arms={"one": Arm(layers=1), "two": Arm(layers=2)},
    # 3. Each arm is run at every level of each factor. Remove this line for no factors.
    factors={"cell": ("gru", "lstm")},
    # 4. What answers the question: steps until 99% accuracy, levenshtein_accuracy or exact_match.
    primary="steps_to_99",
    # 5. The comparison that answers it, and the effect that means yes: lower, higher or different.
    decision=Decision(comparisons=("two against one",), yes="lower"),
    # 6. How much is run. A verdict needs about ten seeds.
    profiles={
        "smoke": Profile(
            seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}
        ),
        "quick": Profile(seeds=10),
        "full": Profile(seeds=10, training={"epochs": 40}),
    },
)
