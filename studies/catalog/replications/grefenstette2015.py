"""Does a score that moves along the source reverse strings of twice the trained length, as an LSTM with a stack does?

The reversal of "Learning to Transduce with Unbounded Memory" (Grefenstette et al., NIPS 2015, section 4 and Figure 2a):
128 symbols, 8 to 64 of them to train and 65 to 128 to test. The published models are not trained here; an LSTM without
attention and three scores of this project stand beside them. Its coarse accuracy is `exact_match`, its fine accuracy is
`first_n`.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision, Published, Source
from studies.design.study import Arm, Profile, Study

# 1. The data.
TASK = TaskConfig(letters=128, min_length=8, max_length=64)

# 2. The model: embeddings as wide as the published ones.
BASE = ModelConfig(
    cell="lstm", boundaries=True, bidirectional=True, hidden_size=128, embedding_size=64, packing="padded_exact"
)

# 3. The training, and sets of 1,000 strings, as in the paper.
EPOCHS = 20
TRAINING = TrainConfig(
    epochs=EPOCHS, steps_per_epoch=100, batch_size=32, learning_rate=3e-3, evaluation_size=1000, test_size=1000
)

# 4. The arms.
ARMS = {"none": Arm(score=None)} | {name: Arm(score=name) for name in ("additive", "location", "shift")}

# 5. The published results: coarse and fine accuracy.
SOURCE = Source(
    "Grefenstette et al. 2015",
    "Figure 2a",
    "The best learning rate and size, by training perplexity. The model column names the published model; the rows "
    "below each group are the arms of this study.",
)
TABLE = {
    "8-layer LSTM": (0.95, 0.98, 0.04, 0.13),
    "Stack-LSTM": (1.0, 1.0, 1.0, 1.0),
    "Queue-LSTM": (0.44, 0.61, 0.0, 0.01),
    "DeQue-LSTM": (1.0, 1.0, 1.0, 1.0),
}
PLACES = (("exact_match", EPOCHS), ("first_n", EPOCHS), ("exact_match", None), ("first_n", None))
PUBLISHED = tuple(
    Published(source=SOURCE, arm=None, model=model, metric=metric, low=values[place], high=values[place], epoch=epoch)
    for place, (metric, epoch) in enumerate(PLACES)
    for model, values in TABLE.items()
)

DIFFERENCES = (
    "The published models read source and target as one sequence, with RMSProp, batches of 10, the best of five "
    "learning rates and of hidden sizes 256 and 512, until convergence. The arms are an encoder and a decoder, trained "
    "by Adam with one learning rate for a fixed number of steps, which is too few for the arm without attention to "
    "converge.",
    "The published gradients are clipped at 1 one by one; here the norm of all gradients together is clipped at 1.",
    "The values for the training are measured on the evaluation set: fresh strings of the trained lengths.",
)

# 6. The profiles.
PROFILES = {
    "smoke": Profile(
        seeds=1, training={"epochs": 2, "steps_per_epoch": 5, "batch_size": 8, "evaluation_size": 20, "test_size": 20}
    ),
    "quick": Profile(seeds=1, training={"evaluation_size": 200, "test_size": 200}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does a score that moves along the source reverse strings of twice the trained length?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="additive",
    arms=ARMS,
    primary="exact_match",
    profiles=PROFILES,
    recipe="grefenstette2015",
    contrasts=(
        Contrast("none", "additive", "no attention against additive"),
        Contrast("location", "additive", "location against additive"),
        Contrast("shift", "additive", "shift against additive"),
    ),
    published=PUBLISHED,
    differences=DIFFERENCES,
    decision=Decision(
        comparisons=("shift against additive",),
        yes="higher",
        phrases={"additive": "with additive attention", "shift against additive": "with shift"},
    ),
)
