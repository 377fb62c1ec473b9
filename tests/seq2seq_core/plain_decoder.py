"""The decoder once more: one sequence, one step after the other, in NumPy and float64, as its papers write it.

What the fast decoder is held to, in every wiring. Scores are the formulas that their own tests hold them to.
"""

from collections.abc import Callable, Sequence

import numpy as np
from score_formulas import FORMULAS, FORMULAS_LOOKING_BACK, Array, Weights

from seq2seq_core.config import ModelConfig
from seq2seq_core.model.decoder import Decoder

LayerState = list[Array]
"""What one layer keeps: [h], and of an LSTM [h, c]; (H,) each"""


def sigmoid(x: Array) -> Array:
    gate: Array = 1 / (1 + np.exp(-x))
    return gate


def rnn(of_input: Array, of_state: Array, state: LayerState) -> LayerState:
    return [np.tanh(of_input + of_state)]


def gru(of_input: Array, of_state: Array, state: LayerState) -> LayerState:
    (reset_in, update_in, new_in), (reset_at, update_at, new_at) = np.split(of_input, 3), np.split(of_state, 3)
    update = sigmoid(update_in + update_at)
    new = np.tanh(new_in + sigmoid(reset_in + reset_at) * new_at)
    return [(1 - update) * new + update * state[0]]


def lstm(of_input: Array, of_state: Array, state: LayerState) -> LayerState:
    enter, forget, new, leave = np.split(of_input + of_state, 4)
    kept = sigmoid(forget) * state[1] + sigmoid(enter) * np.tanh(new)
    return [sigmoid(leave) * np.tanh(kept), kept]


CELLS_AGAIN: dict[str, Callable[[Array, Array, LayerState], LayerState]] = {"rnn": rnn, "gru": gru, "lstm": lstm}


def part(weights: Weights, prefix: str) -> Weights:
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def linear(weights: Weights, prefix: str, x: Array) -> Array:
    y: Array = weights[f"{prefix}.weight"] @ x + weights.get(f"{prefix}.bias", 0.0)
    return y


def run_layers(config: ModelConfig, weights: Weights, x: Array, states: Sequence[LayerState]) -> list[LayerState]:
    """The input (C,) through every layer of the cell; the new states, the top layer's last."""
    news = []
    for layer, state in enumerate(states):
        of_input = weights[f"cell.weight_ih_l{layer}"] @ x + weights[f"cell.bias_ih_l{layer}"]
        of_state = weights[f"cell.weight_hh_l{layer}"] @ state[0] + weights[f"cell.bias_hh_l{layer}"]
        news.append(CELLS_AGAIN[config.cell](of_input, of_state, state))
        x = news[-1][0]
    return news


def look(config: ModelConfig, weights: Weights, query: Array, values: Array, before: Array) -> tuple[Array, Array]:
    """query (H,), values (S,H or 2 H), the weights before (S,) -> context (H or 2 H,), weights (S,)."""
    assert config.score
    compared = values
    if config.mlp:
        query = np.tanh(linear(weights, "phi", query))
        compared = np.array([np.tanh(linear(weights, "psi", value)) for value in values])
    own = part(weights, "score.")
    if config.score in FORMULAS_LOOKING_BACK:
        formula = FORMULAS_LOOKING_BACK[config.score]
        energies = [formula(query, value, own, at, before) for at, value in enumerate(compared)]
    else:
        energies = [FORMULAS[config.score](query, value, own) for value in compared]
    seen = np.exp(energies) / np.exp(energies).sum()
    return seen @ values, seen


def plain_decoding(
    config: ModelConfig, decoder: Decoder, tokens: Sequence[int], states: Sequence[LayerState], values: Array
) -> tuple[Array, Array]:
    """T known tokens, the first states of the layers, values (S,H or 2 H) -> logits (T,V), attention weights (T,S)."""
    weights = {name: tensor.numpy() for name, tensor in decoder.state_dict().items()}
    fed = np.zeros(config.hidden_size if config.attentional_layer else config.value_size)
    seen = np.zeros(len(values))
    logits, alignment = [], []
    for token in tokens:
        x = weights["embedding.weight"][token]
        if config.query == "previous":
            context, seen = look(config, weights, states[-1][0], values, seen)
            x = np.concatenate([x, context])
        if config.input_feeding:
            x = np.concatenate([x, fed])
        states = run_layers(config, weights, x, states)
        features = state = states[-1][0]
        if config.score:
            if config.query == "current":
                context, seen = look(config, weights, state, values, seen)
            fed = context
            if config.attentional_layer:
                features = fed = np.tanh(linear(weights, "attentional", np.concatenate([context, state])))
            elif config.readout == "both":
                features = np.concatenate([state, context])
        logits.append(linear(weights, "output", features))
        alignment.append(seen)
    return np.array(logits), np.array(alignment)
