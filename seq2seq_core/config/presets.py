"""Published models as settings of ModelConfig. Except for the article's, sizes are left to the user.

A comment at each preset lists what it does not follow; all else in the paper's model is in the settings.
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
    # The article's code (b-etienne/Seq2seq-PyTorch, 2018) without its mistakes, which are in `studies/recipes/article`.
    "article_none": {**_ARTICLE, "score": None},
    # "Luong" there: cell first, the logits see [state; context] without a tanh, no input feeding.
    "article_luong": {**_ARTICLE, "score": "general", "query": "current", "readout": "both"},
    # "Bahdanau" there: attention first, the context joins the cell's input, and the logits see only the state.
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
    # A: a GRU in both directions, concatenated; the previous state is the query, and the context joins the cell's
    # input. Not followed: the maxout layer before the logits, which sees the state and the previous token; a
    # bridge from the backward direction alone; and in the GRU, the reset gate before the recurrent weights.
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
    # directions that concatenates pairs; phi and psi before a dot product; the new state is the query; the logits and
    # the next step's input see the context. The paper does not give the decoder's initial state; here it is zero. Not
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
    """The preset of that name. Raises ConfigError, with the nearest name, if it is unknown."""
    if name not in PRESETS:
        raise ConfigError(f"unknown preset {name!r}; {suggest(name, PRESETS)}")
    return ModelConfig.from_dict(PRESETS[name])
