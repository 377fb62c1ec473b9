"""How far does attention that moves get where moving by one position is not enough?

    source   a a b c        dedupe                 a b c </s>                  each run of equal letters once
                            recopy                 a a b b b c c c c c </s>    each letter once, three or five times
                            reduplicate            a a b c a a b c </s>        the source twice
                            reduplicate_reversed   c b a a c b a a </s>        the source twice, from its end

Here the step over the source depends on its letters, or goes back from one end to the other. The models are trained on
1 to 20 letters and decode up to 200. The arms are mixtures of content and position.
"""

from seq2seq_core.config import TaskConfig
from studies.catalog import generalise
from studies.design.comparisons import Contrast, Decision
from studies.design.study import Arm, Profile, Study

# 1. The data: strings of 1 to 20 letters from an alphabet of ten.
TASK = TaskConfig(letters=10, min_length=1, max_length=20)

# 2. The model is that of `generalise`. The tasks are harder, so every arm trains for 2,000 steps, and none stops once
# it is solved; the further lengths go up to 200.
TRAINING = generalise.TRAINING.replace({"epochs": 40, "test_lengths": (20, 40, 100, 200)})

# 3. The arms. With input feeding, the decoder knows what it attended to, and can decide by it where to go.
SCORES = ("general", "additive", "location", "shift", "one_step", "shift_additive")
FED = ("additive", "location", "shift", "shift_additive")
ARMS = {
    **{name: generalise.ARMS[name] for name in SCORES},
    **{f"{name}_fed": Arm(score=name, input_feeding=True) for name in FED},
    "transformer": generalise.ARMS["transformer"],
}

# 4. The comparisons, and the answer: yes, if the mixture is exact on more of the longer strings than each of its parts.
# They are 20 at the four tasks; with ten seeds, up to 25 can be significant.
MIXTURE = "shift_additive_fed"
CONTRASTS = (
    Contrast(MIXTURE, "shift_fed", "additive attention added to shift"),
    Contrast(MIXTURE, "additive_fed", "shift added to additive attention"),
    Contrast(MIXTURE, "location_fed", "the mixture against location"),
    Contrast(MIXTURE, "shift_additive", "input feeding, with the mixture"),
    Contrast(MIXTURE, "transformer", "the mixture against a Transformer"),
)
DECISION = Decision(
    comparisons=("additive attention added to shift", "shift added to additive attention"),
    yes="higher",
)

# 5. The profiles.
TASKS = ("dedupe", "recopy", "reduplicate", "reduplicate_reversed")
PROFILES = {
    "smoke": Profile(
        seeds=1,
        factors={"task": ("reduplicate",)},
        training={"epochs": 1, "steps_per_epoch": 5, "evaluation_size": 20, "test_size": 20, "test_lengths": (30,)},
    ),
    "quick": Profile(
        seeds=2,
        factors={"task": ("reduplicate",)},
        training={"epochs": 10, "test_size": 200, "test_lengths": (20, 40)},
    ),
    "full": Profile(seeds=10, factors={"task": TASKS}),
}

STUDY = Study(
    question="Does a mixture of content and position stay exact where moving by one is not enough?",
    base=generalise.BASE,
    task=TASK,
    training=TRAINING,
    baseline="general",
    arms=ARMS,
    primary="exact_match_on_longer",
    profiles=PROFILES,
    contrasts=CONTRASTS,
    decision=DECISION,
)
