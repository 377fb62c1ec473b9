"""Small models of the presets, for the tests of their wiring."""

import torch

from seq2seq_core.config import TaskConfig
from seq2seq_core.config.presets import preset
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.training import build_model

CPU = torch.device("cpu")
TASK = TaskConfig(min_length=2, max_length=6)
E, H, LETTERS = 3, 6, 4


def make_preset(name: str) -> Seq2Seq:
    """The preset with sizes E and H, in float64, with no parameter at its initial value."""
    net = build_model(preset(name).replace({"embedding_size": E, "hidden_size": H}), TASK, 1, CPU).double()
    torch.manual_seed(0)
    for parameter in net.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return net
