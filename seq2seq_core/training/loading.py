"""A trained model from a checkpoint alone."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import PLAIN, Recipe
from seq2seq_core.training import build_model
from seq2seq_core.training.checkpoint import CheckpointError, fit, read


@dataclass(frozen=True)
class Loaded:
    """A model as it was after the last epoch that the checkpoint knows, on the CPU, in eval mode."""

    model: Seq2Seq
    model_config: ModelConfig
    task: TaskConfig
    training: TrainConfig
    seed: int
    epoch: int
    """Completed epochs"""


def load(checkpoint: bytes, recipe: Recipe = PLAIN) -> Loaded:
    """The model of a checkpoint that was made with this recipe, on whatever device and by whatever torch.

    Raises CheckpointError if it is damaged, of another recipe, or of settings or weights that this version has not.
    """
    identity, state = read(checkpoint)
    if identity.get("recipe") != recipe.name:
        raise CheckpointError(f"checkpoint: its recipe is {identity.get('recipe')!r}, and {recipe.name!r} is wanted")
    try:
        model_config = ModelConfig.from_dict(identity["model"])
        task = TaskConfig.from_dict(identity["task"])
        training = TrainConfig.from_dict(identity["training"])
    except ConfigError as error:
        raise CheckpointError(f"checkpoint: its settings are refused: {error}") from error
    model = build_model(model_config, task, identity["seed"], torch.device("cpu"), training, recipe)
    fit(lambda: model.load_state_dict(state["model"]), "model")
    return Loaded(model.eval(), model_config, task, training, identity["seed"], len(state["points"]))
