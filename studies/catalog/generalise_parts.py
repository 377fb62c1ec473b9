"""Which parts of the score `shift` make it exact on strings far longer than those of its training?

The study `generalise` compares `shift` with other attention. Here one part of it is taken away at a time.
"""

from studies.catalog import generalise
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Profile, Study

# 1. The data, the model and the training (1,000 steps for every arm) are those of `generalise`, with the score shift.
BASE = generalise.BASE.replace({"score": "shift"})

# 2. The arms: shift, and shift without one of its parts. In `fixed`, one move is learnt for all steps; in
# `uniform_start`, attention begins on all positions instead of a learnt mixture of both ends.
ARMS = {
    "shift": Arm(),
    "unsharpened": Arm(score="shift_unsharpened"),
    "no_boundaries": Arm(boundaries=False),
    "uniform_start": Arm(score="shift_uniform_start"),
    "fixed": Arm(score="shift_fixed"),
    "one_way": Arm(bidirectional=False),
    "lstm": Arm(cell="lstm"),
}

# 3. The comparisons, and the answer: yes, if a part that is taken away costs exact strings.
CONTRASTS = (
    Contrast("unsharpened", "shift", "without sharpening"),
    Contrast("no_boundaries", "shift", "without boundary tokens"),
    Contrast("uniform_start", "shift", "from a uniform first alignment"),
    Contrast("fixed", "shift", "with one move for all steps"),
    Contrast("one_way", "shift", "with an encoder of one direction"),
    Contrast("lstm", "shift", "with an LSTM in place of a GRU"),
)
PARTS = ("unsharpened", "no_boundaries", "uniform_start", "fixed")
DECISION = Decision(
    comparisons=tuple(one.says for one in CONTRASTS if one.arm in PARTS),
    yes="lower",
    phrases={one.says: one.says for one in CONTRASTS},
)

# 4. The profiles. Up to 200 letters in quick, 10,000 in full.
PROFILES = {
    "smoke": generalise.PROFILES["smoke"],
    "quick": Profile(
        seeds=4,
        factors={"task": ("reverse", "copy")},
        training={"epochs": 8, "test_size": 200, "test_lengths": (10, 40, 41, 60, 100, 200)},
    ),
    "full": generalise.PROFILES["full"],
}

STUDY = Study(
    question="Does attention that moves need all of its parts to stay exact on longer strings?",
    base=BASE,
    task=generalise.TASK,
    training=generalise.TRAINING,
    baseline="shift",
    arms=ARMS,
    primary="exact_match_on_longer",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    decision=DECISION,
)
