"""joeynmt's recurrent model: built, trained and asked as that library does it, of the sizes of ours.

Its tokens are ours plus one, since it keeps 0 for unknown words: 3 H parameters more. Its layer before the logits has a
bias, and its logits have none: H more, V fewer. Its decoder always runs the cell first, whatever the score, and without
input feeding no context goes into the cell; ours that attends first has 6 H^2 more, for a context of 2 H.
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

from benchmarks.peers.shared import descend, tokens_of
from benchmarks.timing.interleaved import Work
from seq2seq_core.config import TaskConfig
from seq2seq_core.examples import Batch
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD, SOS, token_name

SHIFT = 1
ATTENTION = {"general": "luong", "additive": "bahdanau"}
"""Its name for each of our scores."""


def joey_model(task: TaskConfig, size: int, score: str) -> Model:
    """A GRU of one layer, its encoder in both directions, E = H = `size`."""
    letters = [token_name(token) for token in range(FIRST_LETTER, task.vocabulary)]
    names = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>", "sep_token": None}
    numbers = {"unk_id": 0, "pad_id": PAD + SHIFT, "bos_id": SOS + SHIFT, "eos_id": EOS + SHIFT, "sep_id": None}
    words = Vocabulary(letters, SimpleNamespace(**names, **numbers, lang_tags=[]))
    source, target = (Embeddings(size, vocab_size=len(words), padding_idx=words.pad_index) for _ in range(2))
    encoder = RecurrentEncoder(rnn_type="gru", hidden_size=size, emb_size=size)
    decoder = RecurrentDecoder(
        rnn_type="gru",
        emb_size=size,
        hidden_size=size,
        encoder=encoder,
        attention=ATTENTION[score],
        vocab_size=len(words),
        input_feeding=False,
    )
    model = Model(encoder, decoder, source, target, words, words)
    model.loss_function = ("crossentropy", 0.0)
    return model


def joey_training(task: TaskConfig, size: int, score: str, batch: Batch) -> Work:
    """A training step, its loss the mean over target tokens, as its trainer normalises it."""
    model = joey_model(task, size, score)
    source, fed, target = (tokens + SHIFT for tokens in tokens_of(batch))
    given = {
        "src": source,
        "src_length": batch.source_lengths,
        "src_mask": (batch.source != PAD).unsqueeze(1),
        "trg_input": fed,
        "trg": target,
        "trg_mask": (batch.target != PAD).unsqueeze(1),
    }
    tokens = int(batch.target_lengths.sum())

    def loss() -> torch.Tensor:
        summed: torch.Tensor = model(return_type="loss", **given)[0]
        return summed / tokens

    return descend(model, loss)


def joey_answer(model: Model, batch: Batch, steps: int) -> Work:
    """Greedy decoding for so many steps, the encoder's pass in it; the end of a sequence is forbidden before."""
    model.eval()
    source, mask = batch.source + SHIFT, (batch.source != PAD).unsqueeze(1)

    @torch.no_grad()
    def work() -> torch.Tensor:
        output, hidden, _, _ = model("encode", src=source, src_length=batch.source_lengths, src_mask=mask)
        answers: torch.Tensor = greedy(mask, steps, model, output, hidden, min_output_length=steps)[0]
        return answers

    return work
