"""Is shift more exact than additive on 65 to 128 letters, after training on 8 to 64?

The reversal of "Learning to Transduce with Unbounded Memory" (Grefenstette et al., NIPS 2015, section 4 and Figure 2a):
128 symbols, 8 to 64 of them to train and 65 to 128 to test. The published models, such as an LSTM with a stack, are not
trained here; an LSTM without attention and with three scores of this project stands beside them. The paper's coarse
accuracy is `exact_match`, its fine accuracy is `first_n`.
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
SETTINGS = (
    "The best learning rate, size and number of layers, by training perplexity. The model column names the published "
    "model; the rows below each group are the arms of this study."
)
TRAINED = Source(
    "Grefenstette et al. 2015", "Figure 2a, training", f"8 to 64 symbols: here the evaluation set. {SETTINGS}"
)
TESTED = Source("Grefenstette et al. 2015", "Figure 2a, test", f"65 to 128 symbols: here the test set. {SETTINGS}")
TABLE = {
    "8-layer LSTM": (0.95, 0.98, 0.04, 0.13),
    "Stack-LSTM": (1.0, 1.0, 1.0, 1.0),
    "Queue-LSTM": (0.44, 0.61, 0.0, 0.01),
    "DeQue-LSTM": (1.0, 1.0, 1.0, 1.0),
}
PLACES = (
    (TRAINED, "exact_match", EPOCHS),
    (TRAINED, "first_n", EPOCHS),
    (TESTED, "exact_match", None),
    (TESTED, "first_n", None),
)
PUBLISHED = tuple(
    Published(source=source, arm=None, model=model, metric=metric, low=values[place], high=values[place], epoch=epoch)
    for place, (source, metric, epoch) in enumerate(PLACES)
    for model, values in TABLE.items()
)

DIFFERENCES = (
    "The published models read source and target as one sequence, with RMSProp and batches of 10, until convergence; "
    "their best is of five learning rates, of hidden sizes 256 and 512, and of 1, 2, 4 and 8 layers of the LSTM. The "
    "arms are an encoder and a decoder of one layer of 128 units, the encoder in two directions, trained by Adam with "
    "batches of 32 and a learning rate of 0.003 for 2,000 steps.",
    "The published gradients are clipped at 1 one by one; here the norm of all gradients together is clipped at 1.",
    "The values for the training are measured on the evaluation set: fresh strings of 8 to 64 letters. So are the "
    "steps to 99%; accuracies at the end of training are those of the test set, of 65 to 128 letters.",
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
    question="Is shift more exact than additive on 65 to 128 letters, after training on 8 to 64?",
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
