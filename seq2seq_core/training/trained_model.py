"""A trained network with all that its use needs: it predicts, shows its attention, and is saved and loaded."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, overload

import torch

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.config.device import check_device
from seq2seq_core.evaluation.alignment import Alignment, align
from seq2seq_core.evaluation.predict import Source, predict
from seq2seq_core.installed import PartError
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.recipe import RECIPES, Recipe
from seq2seq_core.training.checkpoint import CheckpointError, deserialize, identity_of, restore, serialize
from seq2seq_core.training.state import kept_epoch
from seq2seq_core.training.step import build_model


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained network and the settings that it was trained with.

    Predicting needs neither gradients nor random numbers, and leaves the states of both as they are. It puts the
    network into evaluation mode. Several threads may use one model.
    """

    network: Seq2Seq
    model_config: ModelConfig
    task: TaskConfig
    training: TrainConfig
    recipe: Recipe
    seed: int
    epoch: int
    """Completed epochs; of a training that keeps its best weights, those up to the best"""

    @property
    def device(self) -> torch.device:
        return next(self.network.parameters()).device

    @overload
    def predict(self, sources: str) -> str: ...  # type: ignore[overload-overlap]  # a text is also a sequence of texts
    @overload
    def predict(self, sources: Sequence[Source]) -> list[str]: ...
    def predict(self, sources: str | Sequence[Source]) -> str | list[str]:
        """The predicted target of a source such as "abcd", or of each source of a list, in the order of the list.

        A source in a list is a text, or a list of its letters. An empty list has no predictions. Sources of one length
        are decoded together, as many as fit in memory. A prediction ends where the model writes EOS, and at twice the
        length of the longest possible target.

        Raises ConfigError, in one line, for a source that is empty or, if the examples of the task are drawn, has a
        letter outside the alphabet. With own pairs, the model reads such a letter as unknown; see
        `TaskConfig.unknown_units`.
        """
        if isinstance(sources, str):
            return self.predict([sources])[0]
        return [self.task.decode(tokens) for tokens in predict(self.network, self.task, [*sources], self.device)]

    @overload
    def attention(self, sources: str) -> Alignment: ...  # type: ignore[overload-overlap]  # a text is also a sequence of texts
    @overload
    def attention(self, sources: Sequence[Source]) -> list[Alignment]: ...
    def attention(self, sources: str | Sequence[Source]) -> Alignment | list[Alignment]:
        """The attention weights while a source is decoded, with the source's letters and the predicted ones.

        Takes the same sources as `predict`. Raises ConfigError where `predict` does, and for a model without attention.
        """
        if isinstance(sources, str):
            return self.attention([sources])[0]
        return align(self.network, self.task, [*sources], self.device)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the model into a file that `load` reads. It replaces an earlier file once the new one is complete.

        Raises OSError, with the path, if the file cannot be written; what is there then stays.
        """
        identity = identity_of(self.model_config, self.task, self.training, self.seed, self.device.type, self.recipe)
        content = serialize(identity, {"model": self.network.state_dict(), "epoch": self.epoch})
        path = Path(path)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            if isinstance(error, OSError):
                error.filename, error.filename2 = str(path), None
            raise

    @classmethod
    def from_bytes(cls, data: bytes, recipe: Recipe | None = None, device: str = "cpu") -> TrainedModel:
        """The model of a saved model or of a checkpoint of a training, written on any device by any version of torch.

        `recipe` is the one of the training; by default the recipe of the name that is recorded, whose module has to be
        imported. Raises ConfigError if the device does not exist, and CheckpointError if the bytes are damaged, of
        another recipe, or have settings or weights that this version does not accept.
        """
        torch_device = check_device(device)
        identity, state = deserialize(data)
        try:
            model_config = ModelConfig.from_dict(identity["model"])
            task = TaskConfig.of_model(identity["task"], identity.get("symbols", ()))
            training = TrainConfig.from_dict(identity["training"])
            recipe = recipe or _recorded_recipe(identity, model_config)
        except ConfigError as error:
            raise CheckpointError(f"checkpoint: its settings are refused: {error}{_needs(identity)}") from error
        if identity["recipe"] != recipe.name:
            raise CheckpointError(f"checkpoint: its recipe is {identity['recipe']!r}; expected {recipe.name!r}")
        network = build_model(model_config, task, identity["seed"], torch.device("cpu"), training, recipe)
        restore("model", lambda: network.load_state_dict(state.get("kept", state["model"])))
        if "epoch" in state:
            epoch = state["epoch"]
        else:
            epoch = kept_epoch(training, [point["exact_match"] for point in state["points"]])
        return cls(network.to(torch_device).eval(), model_config, task, training, recipe, identity["seed"], epoch)


def load(path: str | PathLike[str], recipe: Recipe | None = None, device: str = "cpu") -> TrainedModel:
    """The model in a file that `save` or a study has written, such as those in the folder `models` of a study.

    Raises OSError if the file cannot be read, CheckpointError with the path if it holds no model that this version
    accepts, and ConfigError if the device does not exist. See `TrainedModel.from_bytes` for the recipe.
    """
    data = Path(path).read_bytes()
    try:
        return TrainedModel.from_bytes(data, recipe, device)
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from error


def _recorded_recipe(identity: Mapping[str, Any], config: ModelConfig) -> Recipe:
    name: str = identity["recipe"]
    kind = name if name in RECIPES.names() else name.partition(" ")[0]
    if kind not in RECIPES.names():
        remedy = _needs(identity) or "; import the module that defines it, or give the recipe"
        raise CheckpointError(f"checkpoint: its recipe {name!r} is unknown{remedy}")
    try:
        recipe = RECIPES[kind].restored(name, config)
    except PartError as error:
        raise ConfigError(str(error)) from error
    recipe.outside = identity.get("code", {})
    return recipe


def _needs(identity: Mapping[str, Any]) -> str:
    """The code outside this project that the training of a checkpoint used, in words."""
    names = ", ".join(identity.get("code", {}))
    return f"; it was trained with the code of {names}, which is to be loaded first (--parts FILE)" if names else ""
