"""eole's recurrent modules in a model of the sizes of ours. The encoder runs over the padding, as that library does."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

from torch import Tensor, nn

from benchmarks.paired import Work
from benchmarks.peers.sizes import descend, tokens_of
from seq2seq_core.config import TaskConfig
from seq2seq_core.losses import cross_entropy
from seq2seq_core.tasks import Batch, vocabulary
from seq2seq_core.tokens import PAD

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses its own extension for GPUs, which recurrent modules do not use
    from eole.decoders.rnn_decoder import StdRNNDecoder
    from eole.encoders.rnn_encoder import RNNEncoder

ATTENTION = {"general": "general", "additive": "mlp"}
"""Its name for each of our scores."""


def eole_training(task: TaskConfig, size: int, score: str, batch: Batch) -> Work:
    """A training step of a GRU of one layer in one direction, E = H = `size`."""
    settings = SimpleNamespace(
        encoder_type="rnn",
        rnn_type="GRU",
        hidden_size=size,
        layers=1,
        src_word_vec_size=size,
        tgt_word_vec_size=size,
        bridge=False,
        bidirectional_encoder=False,
        context_gate=None,
        coverage_attn=False,
        global_attention=ATTENTION[score],
        global_attention_function="softmax",
    )
    words = vocabulary(task)
    embed_source, embed_target = nn.Embedding(words, size), nn.Embedding(words, size)
    encoder, decoder, output = RNNEncoder(settings), StdRNNDecoder(settings), nn.Linear(size, words)
    source, fed, target = tokens_of(batch)
    padding = (source == PAD).unsqueeze(1)

    def loss() -> Tensor:
        values, last = encoder(embed_source(source))
        decoder.init_state(enc_final_hs=last)
        features, _ = decoder(embed_target(fed), values, src_pad_mask=padding)
        return cross_entropy(output(features), target)

    return descend(nn.ModuleList([embed_source, encoder, embed_target, decoder, output]), loss)
