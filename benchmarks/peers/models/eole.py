"""A model made of eole's recurrent modules, with the sizes of ours.

Its encoder also reads the padding, and passes on the state after it, as that library does. Without padding and with the
score `general`, it computes the same function as our model. With `mlp` its query has a bias, and the layer before the
logits has a bias and no tanh.
"""

from __future__ import annotations

import warnings
from types import SimpleNamespace

from torch import Tensor, nn

from benchmarks.peers.shared import peer_training_step, tokens_of
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers.losses import cross_entropy
from seq2seq_core.tokens import PAD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its GPU extension is missing; recurrent modules do not use it
    from eole.decoders.rnn_decoder import StdRNNDecoder
    from eole.encoders.rnn_encoder import RNNEncoder

ATTENTION = {"general": "general", "additive": "mlp"}
"""Our name of a score -> its name in eole."""


class EoleModel(nn.Module):
    """A GRU or an LSTM of one layer in one direction with E = H, and the score of `config`.

    The decoder fails with eole's other cell, RNN: it passes the state as a tuple, which torch's RNN refuses.
    """

    def __init__(self, config: ModelConfig, task: TaskConfig) -> None:
        super().__init__()
        assert config.score
        size = config.hidden_size
        settings = SimpleNamespace(
            encoder_type="rnn",
            rnn_type=config.cell.upper(),
            hidden_size=size,
            layers=1,
            src_word_vec_size=size,
            tgt_word_vec_size=size,
            bridge=False,
            bidirectional_encoder=False,
            context_gate=None,
            coverage_attn=False,
            global_attention=ATTENTION[config.score],
            global_attention_function="softmax",
        )
        words = task.vocabulary
        self.source_embedding, self.target_embedding = nn.Embedding(words, size), nn.Embedding(words, size)
        self.encoder, self.decoder = RNNEncoder(settings), StdRNNDecoder(settings)
        self.output = nn.Linear(size, words)

    def forward(self, source: Tensor, inputs: Tensor) -> Tensor:
        """source (B,S), previous target tokens (B,T) -> logits (B,T,V)."""
        values, last = self.encoder(self.source_embedding(source))
        self.decoder.init_state(enc_final_hs=last)
        padding = (source == PAD).unsqueeze(1)
        features, _ = self.decoder(self.target_embedding(inputs), values, src_pad_mask=padding)
        logits: Tensor = self.output(features)
        return logits


def eole_training_step(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    """A training step."""
    model = EoleModel(config, task)
    source, inputs, target = tokens_of(batch)
    return peer_training_step(model, lambda: cross_entropy(model(source, inputs), target))
