"""The reference decoder: one sequence, one step at a time, in NumPy and float64, as the papers write it.

Tests compare the decoder with it in every wiring. Its scores are those of `score_formulas`.
"""

from collections.abc import Callable, Sequence

import numpy as np
from score_formulas import FORMULAS, FORMULAS_WITH_ALIGNMENT, Array, Weights, first_alignment

from seq2seq_core.config import ModelConfig
from seq2seq_core.model.decoder import Decoder

LayerState = list[Array]
"""The state of one layer: [h], or [h, c] for an LSTM; (H,) each"""


def sigmoid(x: Array) -> Array:
    gate: Array = 1 / (1 + np.exp(-x))
    return gate


def rnn(from_input: Array, from_state: Array, state: LayerState) -> LayerState:
    return [np.tanh(from_input + from_state)]


def gru(from_input: Array, from_state: Array, state: LayerState) -> LayerState:
    (reset_in, update_in, new_in), (reset_at, update_at, new_at) = np.split(from_input, 3), np.split(from_state, 3)
    update = sigmoid(update_in + update_at)
    new = np.tanh(new_in + sigmoid(reset_in + reset_at) * new_at)
    return [(1 - update) * new + update * state[0]]


def lstm(from_input: Array, from_state: Array, state: LayerState) -> LayerState:
    enter, forget, new, leave = np.split(from_input + from_state, 4)
    kept = sigmoid(forget) * state[1] + sigmoid(enter) * np.tanh(new)
    return [sigmoid(leave) * np.tanh(kept), kept]


PLAIN_CELLS: dict[str, Callable[[Array, Array, LayerState], LayerState]] = {"rnn": rnn, "gru": gru, "lstm": lstm}


def part(weights: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def linear(weights: Weights, prefix: str, x: Array) -> Array:
    y: Array = weights[f"{prefix}.weight"] @ x + weights.get(f"{prefix}.bias", 0.0)
    return y


def run_layers(config: ModelConfig, weights: Weights, x: Array, states: Sequence[LayerState]) -> list[LayerState]:
    """The input (C,) and the state of each layer -> the new states, the top layer's last."""
    news = []
    for layer, state in enumerate(states):
        from_input = weights[f"cell.weight_ih_l{layer}"] @ x + weights[f"cell.bias_ih_l{layer}"]
        from_state = weights[f"cell.weight_hh_l{layer}"] @ state[0] + weights[f"cell.bias_hh_l{layer}"]
        news.append(PLAIN_CELLS[config.cell](from_input, from_state, state))
        x = news[-1][0]
    return news


def plain_attend(
    config: ModelConfig, weights: Weights, query: Array, values: Array, previous: Array
) -> tuple[Array, Array]:
    """query (H,), values (S,C), the previous attention weights (S,) -> context (C,), attention weights (S,)."""
    assert config.score
    compared = values
    if config.mlp:
        query = np.tanh(linear(weights, "phi", query))
        compared = np.array([np.tanh(linear(weights, "psi", value)) for value in values])
    own = part(weights, "score.")
    if config.score in FORMULAS_WITH_ALIGNMENT:
        formula = FORMULAS_WITH_ALIGNMENT[config.score]
        energies = [formula(query, compared, own, at, previous) for at in range(len(compared))]
    else:
        energies = [FORMULAS[config.score](query, value, own) for value in compared]
    attention = np.exp(energies) / np.exp(energies).sum()
    return attention @ values, attention


def plain_decoding(
    config: ModelConfig, decoder: Decoder, tokens: Sequence[int], states: Sequence[LayerState], values: Array
) -> tuple[Array, Array]:
    """T known tokens, the first states of the layers, values (S,C) -> logits (T,V), attention weights (T,S)."""
    weights = {name: tensor.numpy() for name, tensor in decoder.state_dict().items()}
    fed = np.zeros(config.hidden_size if config.attentional_layer else config.value_size)
    attention = first_alignment(config.score, part(weights, "score."), len(values))
    logits, alignment = [], []
    for token in tokens:
        x = weights["embedding.weight"][token]
        if config.query == "previous":
            context, attention = plain_attend(config, weights, states[-1][0], values, attention)
            x = np.concatenate([x, context])
        if config.input_feeding:
            x = np.concatenate([x, fed])
        states = run_layers(config, weights, x, states)
        features = state = states[-1][0]
        if config.score:
            if config.query == "current":
                context, attention = plain_attend(config, weights, state, values, attention)
            fed = context
            if config.attentional_layer:
                features = fed = np.tanh(linear(weights, "attentional", np.concatenate([context, state])))
            elif config.readout == "both":
                features = np.concatenate([state, context])
        logits.append(linear(weights, "output", features))
        alignment.append(attention)
    return np.array(logits), np.array(alignment)
