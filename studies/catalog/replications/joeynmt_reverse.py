"""Does input feeding raise the exact match on the reversal task of joeynmt?

Repeats the task `reverse` of joeynmt's tutorial of 2019 (`docs/source/tutorial.rst` at commit 18f583c with the
configuration that is printed there, `scripts/generate_reverse_task.py`): the numbers from 0 to 49 as words, 1 to 25 of
them to train and 1 to 30 to validate and test. An epoch here is 1,000 steps, after which the tutorial validates.
"""

import math

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from studies.design.comparisons import Contrast, Decision, Published, Source
from studies.design.study import Arm, Profile, Study

# 1. The data.
TASK = TaskConfig(letters=50, min_length=1, max_length=25)

# 2. The model: Luong's general score with input feeding and the attentional layer; the recipe adds dropout.
BASE = ModelConfig(
    cell="lstm",
    boundaries=True,
    embedding_size=16,
    hidden_size=64,
    bidirectional=True,
    bridge="zero",
    score="general",
    input_feeding=True,
    attentional_layer=True,
    packing="padded_exact",
)

# 3. The training: six passes over 50,000 strings.
TRAINING = TrainConfig(
    epochs=30,
    steps_per_epoch=1000,
    batch_size=10,
    learning_rate=1e-3,
    loss="sequence_cross_entropy",
    keep="best",
    evaluation_size=1000,
    test_size=1000,
)

# 4. The arms.
FED = "input feeding"
ARMS = {"fed": Arm(), "not_fed": Arm(input_feeding=False)}

# 5. The published results: BLEU, and the perplexity, whose logarithm is the loss.
BLEU = Source(
    "joeynmt, tutorial of 2019",
    "validation log",
    "One run. BLEU on the development set, decoded "
    "greedily. A sixth of the strings are longer than those of the training.",
)
LOSS = Source(
    "joeynmt, tutorial of 2019",
    "validation log, perplexity",
    "One run. The logarithm of the perplexity on the development set, teacher-forced: 8.40140, "
    "2.49997, 2.15535 and 2.19701.",
)
END = Source(
    "joeynmt, tutorial of 2019",
    "test",
    "One run. BLEU on the test set after at most six epochs, of the best weights, decoded by a beam of 10.",
)
DEVELOPMENT = Source(
    "joeynmt, tutorial of 2019", "development set at the end", "As on the test set: best weights, a beam of 10."
)
PUBLISHED = (
    *(
        Published(source=BLEU, arm="fed", metric="bleu", low=score, high=score, epoch=epoch)
        for epoch, score in enumerate((37.96, 74.06, 83.41, 80.79), start=1)
    ),
    *(
        Published(
            source=LOSS,
            arm="fed",
            metric="eval_loss",
            low=round(math.log(perplexity), 4),
            high=round(math.log(perplexity), 4),
            epoch=epoch,
        )
        for epoch, perplexity in enumerate((8.40140, 2.49997, 2.15535, 2.19701), start=1)
    ),
    Published(source=END, arm="fed", metric="bleu", low=98.49, high=98.49),
    Published(source=DEVELOPMENT, arm="fed", metric="bleu", low=98.81, high=98.81, epoch=30),
)

DIFFERENCES = (
    "The learning rate is constant. The tutorial halves it at the sixth validation without a better BLEU (a plateau "
    "schedule), and ends the training once it is below 0.0002. That cannot happen in the first 4,000 steps, and may "
    "raise the published values at the end.",
    "The weights of the epoch with the best exact match are tested, decoded greedily; values after an epoch are those "
    "of its weights. At the end, the tutorial takes the weights of the best BLEU, with a beam of 10 and a length "
    "penalty of alpha = 1.",
    "The strings are drawn anew for each seed; the published ones are fixed.",
    "The published source ends with an end token; here it also begins with a start token. There is no unknown token.",
)

# 6. The profiles.
BRIEF = {"epochs": 2, "steps_per_epoch": 5, "evaluation_size": 20, "test_size": 20}
PROFILES = {
    "smoke": Profile(seeds=1, training=BRIEF),
    "quick": Profile(seeds=1, training={"epochs": 4}),
    "full": Profile(seeds=10),
}

STUDY = Study(
    question="Does input feeding raise the exact match on the reversal task of joeynmt?",
    base=BASE,
    task=TASK,
    training=TRAINING,
    baseline="not_fed",
    arms=ARMS,
    primary="exact_match",
    profiles=PROFILES,
    recipe="joeynmt_reverse",
    contrasts=(Contrast("fed", "not_fed", FED),),
    published=PUBLISHED,
    differences=DIFFERENCES,
    decision=Decision(comparisons=(FED,), yes="higher", phrases={FED: "with input feeding", "not_fed": "without it"}),
)
