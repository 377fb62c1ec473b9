"""What do the encoder's parts change: packing, direction, pre-layers, and the pyramid?

The arm `packed` is one GRU layer in one direction over packed, learnt embeddings. The other arms differ from it in the
setting that they are named after; the pyramids, which need a second layer, differ from `two_layers`.
"""

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 5 to 14 letters from an alphabet of four. Every batch is fresh.
TASK = TaskConfig(letters=4, min_length=5, max_length=14)

# 2. The model: one GRU layer of 64 units in encoder and decoder, Luong's general score, the cell first.
BASE = ModelConfig(cell="gru", hidden_size=64, score="general", query="current")

# 3. The training: 500 steps of 30 strings, evaluated every 25; one learning rate for all arms.
TRAINING = TrainConfig(epochs=20, steps_per_epoch=25, batch_size=30, learning_rate=3e-3)

# 4. The arms.
ARMS = {
    "packed": Arm(packing="packed"),
    "padded": Arm(packing="padded"),
    "padded_exact": Arm(packing="padded_exact"),
    "one_hot": Arm(embedding="one_hot"),
    "dense": Arm(dense_layers=1),
    "conv": Arm(conv_layers=1),
    "both_ways": Arm(bidirectional=True),
    "both_ways_sum": Arm(bidirectional=True, merge="sum"),
    "both_ways_padded": Arm(bidirectional=True, packing="padded"),
    "bridge_zero": Arm(bridge="zero"),
    "bridge_projected": Arm(bridge="projected"),
    "two_layers": Arm(layers=2),
    "pyramid_average": Arm(layers=2, pyramid="average"),
    "pyramid_drop": Arm(layers=2, pyramid="drop"),
    "pyramid_concat": Arm(layers=2, pyramid="concat"),
}

# 5. The comparisons.
CONTRASTS = (
    Contrast("padded", "packed", "a padded encoder, which reads the padding"),
    Contrast("padded_exact", "packed", "a padded encoder with the values of a packed one"),
    Contrast("one_hot", "packed", "one-hot letters in place of learnt embeddings"),
    Contrast("dense", "packed", "a dense layer before the recurrent layer"),
    Contrast("conv", "packed", "a convolution before the recurrent layer"),
    Contrast("both_ways", "packed", "a bidirectional encoder"),
    Contrast("both_ways_sum", "both_ways", "directions that are summed, not concatenated"),
    Contrast("both_ways_padded", "both_ways", "a bidirectional encoder that reads the padding"),
    Contrast("bridge_zero", "packed", "a decoder that starts from zeros"),
    Contrast("bridge_projected", "packed", "a decoder that starts from a projection"),
    Contrast("two_layers", "packed", "a second layer"),
    Contrast("pyramid_average", "two_layers", "a pyramid that averages pairs"),
    Contrast("pyramid_drop", "two_layers", "a pyramid that drops every second position"),
    Contrast("pyramid_concat", "two_layers", "a pyramid that concatenates pairs"),
)

# 6. The answer: yes, if changing one part changes the steps to 99% accuracy.
DECISION = Decision(
    comparisons=tuple(contrast.says for contrast in CONTRASTS if contrast.against != "both_ways"),
    yes="different",
    phrases={"packed": "in the baseline (packed)"},
)

# 7. The profiles.
PROFILES = {
    "smoke": Profile(seeds=1, training={"epochs": 2, "steps_per_epoch": 10, "evaluation_size": 60, "test_size": 60}),
    "quick": Profile(seeds=10, training={"epochs": 12}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does any part of the encoder, or its bridge to the decoder, change the number of steps to 99%?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="packed",
    arms=ARMS,
    primary="steps_to_99",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    decision=DECISION,
)
