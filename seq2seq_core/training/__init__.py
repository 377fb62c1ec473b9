"""From a configuration and a seed to a trained and scored network: the same seed gives the same figures on a CPU, bit
for bit.

Every example is drawn afresh, so there is no training set to overfit. Three sets never meet: what is trained on, what
is scored after each epoch, and what is scored once at the end and reported as the run's result.
"""

from seq2seq_core.training.loop import train
from seq2seq_core.training.result import Point, Result
from seq2seq_core.training.step import build_model, make_optimizer, training_step

__all__ = ["Point", "Result", "build_model", "make_optimizer", "train", "training_step"]
