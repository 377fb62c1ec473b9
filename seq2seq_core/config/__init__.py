"""What a model, a task and a training run are made of: one dataclass each, in a file of its own."""

from seq2seq_core.config.base import Config, ConfigError, suggest
from seq2seq_core.config.model import ModelConfig
from seq2seq_core.config.task import TaskConfig
from seq2seq_core.config.training import TrainConfig

__all__ = ["Config", "ConfigError", "ModelConfig", "TaskConfig", "TrainConfig", "suggest"]
