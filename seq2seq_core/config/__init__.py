"""The settings of a model, a task and a training, one frozen dataclass each. Invalid settings raise ConfigError.

base       Config, ConfigError; checks of single settings
model      ModelConfig: sizes, recurrent cell, encoder, attention
task       TaskConfig: the task, its alphabet, the lengths of its sources
training   TrainConfig: length of training, optimizer, teacher forcing, sizes of the evaluation and test sets
presets    published models as settings of ModelConfig
device     checks that a device, or a compiler, is available
documentation  what each setting accepts, its default and what it means
"""

from seq2seq_core.config.base import Config, ConfigError, suggest
from seq2seq_core.config.model import ModelConfig
from seq2seq_core.config.task import TaskConfig
from seq2seq_core.config.training import TrainConfig

__all__ = ["Config", "ConfigError", "ModelConfig", "TaskConfig", "TrainConfig", "suggest"]
