"""Wirings that were published, as settings of ModelConfig. Sizes are the reader's, but for the article's.

What a preset does not follow is said with it; everything else in the paper's model is in the settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seq2seq_core.config import ConfigError, ModelConfig, suggest

_ARTICLE = {
    "cell": "gru",
    "embedding": "one_hot",
    "embedding_size": 64,
    "hidden_size": 64,
    "layers": 1,
    "packing": "packed",
    "bridge": "last",
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    # The article's code (b-etienne/Seq2seq-PyTorch, 2018), as it was meant: `studies/slips` has what went wrong in it.
    "article_none": {**_ARTICLE, "score": None},
    # "Luong" there: cell first, the logits see [state; context] without a tanh, and nothing is fed back.
    "article_luong": {**_ARTICLE, "score": "general", "query": "current", "readout": "both"},
    # "Bahdanau" there: attention first, the context joins the cell's input, and the logits see the state alone.
    "article_bahdanau": {**_ARTICLE, "score": "additive", "query": "previous", "readout": "state"},
    # Luong, Pham and Manning 2015, "Effective Approaches to Attention-based Neural Machine Translation": stacked LSTMs
    # (section 2), global attention with the top state as query and equation 5 (section 3.1), input feeding (section
    # 3.3), the encoder's last states handed over. Not followed: the source read backwards.
    "luong2015": {
        "cell": "lstm",
        "layers": 2,
        "bridge": "last",
        "score": "general",
        "query": "current",
        "input_feeding": True,
        "attentional_layer": True,
    },
    # Bahdanau, Cho and Bengio 2015, "Neural Machine Translation by Jointly Learning to Align and Translate", appendix
    # A: a GRU in both directions, concatenated; the state before the step asks, and the context joins the cell's
    # input. Not followed: the maxout layer before the logits, which sees the state and the token before the step; a
    # bridge from the backward direction alone; and in the GRU, a reset before the recurrent weights.
    "bahdanau2015": {
        "cell": "gru",
        "bidirectional": True,
        "merge": "concat",
        "bridge": "projected",
        "score": "additive",
        "query": "previous",
        "readout": "both",
    },
    # Chan, Jaitly, Le and Vinyals 2016, "Listen, Attend and Spell", sections 3.1 and 3.2: a pyramid of LSTMs in both
    # directions that concatenates pairs; phi and psi before a dot product; the new state asks, the context goes into
    # the logits and into the next step's input. The decoder's first state is not in the paper; here it is zero. Not
    # followed: more layers below than above, and MLPs in place of one layer each for phi, psi and the logits.
    "las2016": {
        "cell": "lstm",
        "layers": 3,
        "bidirectional": True,
        "merge": "concat",
        "pyramid": "concat",
        "bridge": "zero",
        "score": "dot",
        "mlp": True,
        "query": "current",
        "input_feeding": True,
        "readout": "both",
    },
}


def preset(name: str) -> ModelConfig:
    """The settings of that name; ConfigError, with the nearest name, if there is none."""
    if name not in PRESETS:
        raise ConfigError(f"unknown preset {name!r}; {suggest(name, PRESETS)}")
    return ModelConfig.from_dict(PRESETS[name])
