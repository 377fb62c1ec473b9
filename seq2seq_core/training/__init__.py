"""From a configuration and a seed to a trained and evaluated network.

On a CPU the same seed gives the same metrics bit for bit. By default every example is drawn fresh, so there is no
training set to overfit. The examples of training, of the evaluation after each epoch and of the final test come from
independent streams; a run's result is that of the test.

loop                 train: the epochs, each followed by an evaluation, and the final test
step                 one step of gradient descent; builds the model and the optimizer
adam                 the optimizer, and the clipping of gradients
scheduled_sampling   which tokens the decoder is fed in training
result               the metrics of an epoch and of a run
tracker              what follows a training from outside, such as TensorBoard
state                everything that the next epoch depends on
checkpoint           that state as bytes
trained_model        a trained network that predicts, is saved and loaded
pair_evaluation      the metrics of a trained model on given pairs
"""

from seq2seq_core.training.checkpoint import CheckpointError
from seq2seq_core.training.loop import train
from seq2seq_core.training.pair_evaluation import PairEvaluation, evaluate
from seq2seq_core.training.result import EpochMetrics, Result
from seq2seq_core.training.step import build_model, make_optimizer, training_step
from seq2seq_core.training.tracker import Tracker
from seq2seq_core.training.trained_model import TrainedModel, load

__all__ = [
    "CheckpointError",
    "EpochMetrics",
    "PairEvaluation",
    "Result",
    "Tracker",
    "TrainedModel",
    "build_model",
    "evaluate",
    "load",
    "make_optimizer",
    "train",
    "training_step",
]
