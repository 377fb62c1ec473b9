"""Does teacher forcing in half of the batches help on the toy task of IBM/pytorch-seq2seq?

Repeats the toy example of that repository (commit f146087; `examples/sample.py`, `scripts/integration_test.py` and the
README): strings of one to ten digits are reversed by an encoder of two directions and a decoder with dot attention. In
training, one random draw for each batch decides whether the decoder is fed the true tokens or its own predictions. No
accuracy is published; the integration test demands a perplexity below 1.5, and the reversal of 1 3 5 7 9.
"""

from typing import Any

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Decision, Published, Source, Switch
from studies.design.study import Arm, Profile, Study

# 1. The data: ten letters stand for the digits.
TASK = TaskConfig(letters=10, min_length=1, max_length=10)

# 2. The model: the recipe gives each direction of the encoder half of these sizes.
BASE = ModelConfig(hidden_size=256, embedding_size=256, score="dot", attentional_layer=True, packing="padded_exact")

# 3. The training: six passes over 10,000 strings; a batch of 32 has 208 tokens on average.
TRAINING = TrainConfig(
    epochs=6,
    steps_per_epoch=313,
    batch_size=32,
    learning_rate=1e-3,
    clip_norm=5 / 208,
    forcing=0.5,
    forcing_draw="batch",
    evaluation_size=1000,
    test_size=1000,
)

# 4. The arms: the cells of the integration test and of the example, and both with full teacher forcing.
FORCED: dict[str, Any] = {"forcing": 1.0, "forcing_draw": "token"}
ARMS = {
    "lstm": Arm(cell="lstm"),
    "gru": Arm(cell="gru"),
    "lstm_forced": Arm(cell="lstm", **FORCED),
    "gru_forced": Arm(cell="gru", **FORCED),
}
DRAW = "teacher forcing in half of the batches"

# 5. The published results.
TEST = Source(
    "IBM/pytorch-seq2seq",
    "integration test",
    "Six epochs; the test demands a perplexity on the development set below 1.5, free-running. The range begins at the "
    "lowest possible value.",
)
README = Source(
    "IBM/pytorch-seq2seq",
    "README and integration test",
    "1 3 5 7 9 becomes 9 7 5 3 1; of the seeds, the fraction that reverses it.",
)
PUBLISHED = (
    Published(source=TEST, arm="lstm", metric="perplexity", low=1.0, high=1.5, epoch=6),
    *(Published(source=README, arm=cell, metric="example", low=1.0, high=1.0) for cell in ("lstm", "gru")),
)

DIFFERENCES = (
    "The training data are fresh strings in place of 10,000 fixed ones.",
    "The published loss is the sum over the tokens of a batch, with gradients clipped at a norm of 5, so that nearly "
    "every gradient is clipped. Here it is their mean, clipped at 5 over the mean number of tokens of a batch.",
    "The script sample.py divides the learning rate by ten after each epoch; the integration test, which is followed "
    "for both cells, does not.",
    "The published attention also sees padding. Its test decodes the example by a beam of 3; here decoding is greedy.",
    "The dropout of 0.2 of the decoder acts between layers, of which it has one, so it is left out.",
)

# 6. The profiles.
BRIEF = {"epochs": 2, "steps_per_epoch": 5, "evaluation_size": 20, "test_size": 20}
PROFILES = {
    "smoke": Profile(seeds=1, training=BRIEF),
    "quick": Profile(seeds=1, training={"epochs": 3}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does teacher forcing in half of the batches raise the exact match on the toy task of pytorch-seq2seq?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="lstm_forced",
    arms=ARMS,
    primary="exact_match",
    profiles=PROFILES,
    recipe="ibm_toy",
    switches=(Switch(DRAW, (("lstm", "lstm_forced"), ("gru", "gru_forced"))),),
    published=PUBLISHED,
    differences=DIFFERENCES,
    decision=Decision(
        comparisons=(DRAW,),
        yes="higher",
        phrases={DRAW: "with teacher forcing in half of the batches", "lstm_forced": "with the true tokens"},
    ),
)
