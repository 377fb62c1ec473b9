"""A task, and a study of whether attention helps with it.

    retrograde check-parts FILE             # is the task correct in every way that can be checked?
    retrograde run FILE --profile smoke
    retrograde run FILE

source   c a d b        target   a b c d </s>
         b a . .                 a b </s> . .         a dot is padding
"""

from torch import Tensor

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.tasks import Task
from seq2seq_core.tokens import PAD
from studies.design.comparisons import Decision
from studies.design.study import Arm, Profile, Study


# The name in the class line is what a configuration names. B: batch, S: source positions, T: target positions.
class Sort(Task, name="sort"):
    """Write the letters of a string in alphabetical order."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """sources (B,S) with padding at their ends, lengths (B,) -> targets (B,T) in the same form, their lengths (B,).

        Letters are numbers in the order of the alphabet; padding is the number PAD. No EOS: it is added later.
        """
        last = sources.max() + 1
        ordered, _ = sources.masked_fill(sources == PAD, last).sort(dim=1)
        return ordered.masked_fill(ordered == last, PAD), lengths

    def longest_target(self, length: int) -> int:
        """Letters of the longest target that a source of this length can have."""
        return length

    # A task whose letters come from known positions also defines expected_alignment(length), such as
    # `return list(range(length))` for a copy. Reports then say how much attention is on these positions.


STUDY = Study(
    question="Does attention help to sort?",
    base=ModelConfig(cell="gru", hidden_size=64),
    task=TaskConfig(task="sort", letters=4, min_length=5, max_length=14),
    training=TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3),
    baseline="none",
    arms={"none": Arm(score=None), "general": Arm(score="general")},
    primary="steps_to_99",
    decision=Decision(comparisons=("general against none",), yes="lower"),
    profiles={
        "smoke": Profile(
            seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}
        ),
        "quick": Profile(seeds=10),
        "full": Profile(seeds=30),
    },
)
