"""joeynmt's recurrent model, built and used as that library does, with the sizes of ours.

The parameters differ as follows. Its vocabulary has one token more, as token 0 is the unknown word: 3 H parameters
more. Its layer before the logits has a bias, its output layer has none: H more, V fewer. Its decoder always runs the
cell before the attention, and without input feeding the cell reads no context; our model with the attention first has
2 G H^2 parameters more for G gates (GRU 3, LSTM 4, RNN 1), for a context of 2 H channels. The first memory cell of its
LSTM decoder is a copy of the first hidden state; ours is a projection of the encoder's memory cells, with 2 H^2 + H
parameters.
"""

from __future__ import annotations

from types import SimpleNamespace

import torch
from joeynmt.decoders import RecurrentDecoder
from joeynmt.embeddings import Embeddings
from joeynmt.encoders import RecurrentEncoder
from joeynmt.model import Model
from joeynmt.search import greedy
from joeynmt.vocabulary import Vocabulary
from torch import nn

from benchmarks.peers.shared import peer_training_step, tokens_of
from benchmarks.timing.interleaved import Workload
from seq2seq_core.config import ModelConfig, TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD, SOS, token_name

SHIFT = 1
ATTENTION = {"general": "luong", "additive": "bahdanau"}
"""Our name of a score -> its name in joeynmt."""


def joey_model(config: ModelConfig, task: TaskConfig) -> Model:
    """A recurrent model of one layer with a bidirectional encoder, E = H, and the cell and score of `config`.

    joeynmt has GRU and LSTM; for the plain cell, a model of GRUs gets torch's RNN in their place.
    """
    assert config.score
    size, cell = config.hidden_size, "lstm" if config.cell == "lstm" else "gru"
    letters = [token_name(token) for token in range(FIRST_LETTER, task.vocabulary)]
    names = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "sep_token": None}
    numbers = {"unk_id": 0, "pad_id": PAD + SHIFT, "bos_id": SOS + SHIFT, "eos_id": EOS + SHIFT, "sep_id": None}
    words = Vocabulary(letters, SimpleNamespace(**names, **numbers, lang_tags=[]))
    source, target = (Embeddings(size, vocab_size=len(words), padding_idx=words.pad_index) for _ in range(2))
    encoder = RecurrentEncoder(rnn_type=cell, hidden_size=size, emb_size=size)
    decoder = RecurrentDecoder(
        rnn_type=cell,
        emb_size=size,
        hidden_size=size,
        encoder=encoder,
        attention=ATTENTION[config.score],
        vocab_size=len(words),
        input_feeding=False,
    )
    if config.cell == "rnn":
        encoder.rnn = nn.RNN(size, size, batch_first=True, bidirectional=True)
        decoder.rnn = nn.RNN(size, size, batch_first=True)
    model = Model(encoder, decoder, source, target, words, words)
    model.loss_function = ("crossentropy", 0.0)
    return model


def joey_training_step(config: ModelConfig, task: TaskConfig, batch: Batch) -> Workload:
    """A training step; the loss is the mean over target tokens, as in joeynmt's trainer."""
    model = joey_model(config, task)
    source, inputs, target = (tokens + SHIFT for tokens in tokens_of(batch))
    arguments = {
        "src": source,
        "src_length": batch.source_lengths,
        "src_mask": (batch.source != PAD).unsqueeze(1),
        "trg_input": inputs,
        "trg": target,
        "trg_mask": (batch.target != PAD).unsqueeze(1),
    }
    tokens = int(batch.target_lengths.sum())

    def loss() -> torch.Tensor:
        summed: torch.Tensor = model(return_type="loss", **arguments)[0]
        return summed / tokens

    return peer_training_step(model, loss)


def joey_greedy(model: Model, batch: Batch, steps: int) -> Workload:
    """Greedy decoding for exactly `steps` steps, including the encoder; the end of a sequence is not predicted."""
    model.eval()
    source, mask = batch.source + SHIFT, (batch.source != PAD).unsqueeze(1)

    @torch.no_grad()
    def run() -> torch.Tensor:
        output, hidden, _, _ = model("encode", src=source, src_length=batch.source_lengths, src_mask=mask)
        tokens: torch.Tensor = greedy(mask, steps, model, output, hidden, min_output_length=steps)[0]
        return tokens

    return run
