"""An attention score, and a study that compares it with a score of this project.

retrograde check-parts FILE             # is the score correct in every way that can be checked?
retrograde run FILE --profile smoke
retrograde run FILE
"""

from torch import Tensor, nn

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.scores import Score
from studies.design.comparisons import Decision
from studies.design.study import Arm, Profile, Study


# The name in the class line is what a configuration names. B: batch, S: source positions, T: target positions.
class Distance(Score, name="distance"):
    """The nearer q and W h, the higher the energy: e = -|q - W h|^2 / 2 = q . W h - |W h|^2 / 2 - |q|^2 / 2.

    The last term is the same for all positions, so softmax ignores it, and it is left out.
    """

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.key = nn.Linear(value_size, query_size, bias=False)
        # Before a training, matrices become random and vectors zero. Other first values: define the method
        # initial_values(self, generator), which sets them in place, such as nn.init.ones_(self.scale).

    def project_keys(self, values: Tensor) -> Tensor:
        """What depends on the source alone, once per sequence: values (B,S,C) -> keys (B,S,K)."""
        keys: Tensor = self.key(values)
        return keys

    def energies(self, query: Tensor, keys: Tensor) -> Tensor:
        """query (B,T,Q), keys (B,S,K) -> energies (B,T,S), before masking and softmax."""
        return query @ keys.mT - keys.square().sum(dim=-1).unsqueeze(1) / 2


STUDY = Study(
    question="Does a model learn to reverse a string in fewer steps with the score distance than with general?",
    base=ModelConfig(cell="gru", hidden_size=64),
    task=TaskConfig(letters=4, min_length=5, max_length=14),
    training=TrainConfig(epochs=14, steps_per_epoch=50, batch_size=30, learning_rate=3e-3),
    baseline="general",
    arms={"general": Arm(score="general"), "distance": Arm(score="distance")},
    primary="steps_to_99",
    decision=Decision(comparisons=("distance against general",), yes="lower"),
    profiles={
        "smoke": Profile(
            seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}
        ),
        "quick": Profile(seeds=10),
        "full": Profile(seeds=30),
    },
)
