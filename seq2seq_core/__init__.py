"""A recurrent sequence-to-sequence model with attention: from a configuration to a trained and evaluated network.

    from seq2seq_core import ModelConfig, TaskConfig, TrainConfig, evaluate, load, train

These names, and the errors that their functions raise, are imported at their first use: `import seq2seq_core` alone is
cheap.

It imports torch, editdistance and the standard library. Each line may import the lines above it:

tokens      the special tokens, and the names of letters
padding     masks from lengths, reversal within a length
seeding     named random streams, initial weights
freed_memory  whether freed memory stays with the process: importing `layers` sets limits of glibc's malloc
interleaving  interleaved timing of two sides: orders, clock, garbage collector
installed   what other installed packages offer: scores, cells, tasks, recipes, studies
registry    the names of parts, such as scores, and their classes
kernels/    fast paths for a CPU; the model computes the same function without them
layers/     building blocks that a configuration names: cells, packings, scores, feeding, losses
data/       the user's own pairs of source and target: files, vocabulary, split
tasks/      the tasks and their data
config/     the settings of model, task and training, and the presets
model/      encoder, decoder and attention
examples    batches of random examples; pair_examples: batches of the user's own pairs
recipe      what a study may replace: model, examples, extra metrics
evaluation/ greedy decoding scored by metrics, alignments
training/   the training loop, its result and its checkpoints
conformance/  what holds for every score, cell, task and recipe, as checks

Shape letters in docstrings and comments:

B  batch                    E  channels of an embedding       V  vocabulary
S  source positions         H  channels of a hidden state     N  packed positions: real positions of a batch, end to end
T  target positions         C  channels of a value            D  directions of the encoder, 1 or 2
                            K  channels of a key              Q  channels of a query

C is H, or 2 H with two directions side by side. A pyramid leaves S' of the S source positions. Where a layer takes any
input, its channels are C too.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
    from seq2seq_core.training import CheckpointError, Tracker, TrainedModel, evaluate, load, train

__all__ = [
    "CheckpointError",
    "ConfigError",
    "ModelConfig",
    "TaskConfig",
    "Tracker",
    "TrainConfig",
    "TrainedModel",
    "evaluate",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    folder = "config" if "Config" in name else "training"
    return getattr(import_module(f"{__name__}.{folder}"), name)
