"""The least work that a case requires of any implementation: the basis of its fraction of peak.

flop   two for each multiply-add of a matrix product: (n,a) times (a,b) takes 2 n a b. The backward pass takes twice
       that: one product of the same size for the gradient of each factor.
tanh   sigmoids and tanhs, one per element. The backward pass takes none, since the derivatives follow from the values.
reciprocal  one for each tanh of the sum of a query's and a key's element, since
       tanh(q + k) = 1 - 2 / (1 + exp(2 q) exp(2 k)).
bytes  what has to be read or written once, in float32: inputs, weights and outputs; in the backward pass also the
       gradient of each.

Letters: B batch, S source, T target, E embedding, H hidden, C values' channels, V vocabulary; see `seq2seq_core`.

A recurrent layer with G gates (gru 3, lstm 4, rnn 1) over n tokens takes 2 n G H H flop from state to state. Its input
takes 2 V G H E, because an embedding has only V different rows. The activations are one per gate and, for an LSTM, one
tanh of the cell state: 3 n H for gru, 5 n H for lstm, n H for rnn.

Attention of N queries over M source positions has P pairs of a query and a position without padding. The energies of a
dot product take 2 P H flop, the contexts 2 P C, projected keys 2 M C H. Additive energies take 2 P H flop and P H
reciprocals, and their projected queries 2 N H H. `concat` computes the same function as `additive`, so its least work
is the same. Scores that move the previous alignment project queries to a few numbers (`MOVES`), and have no keys;
`shift_additive` also has additive energies.

Padding is never counted. Neither are element-wise operations other than tanh, sigmoid and reciprocal (softmax,
exponentials, masks, sums, the update of the optimizer), nor what an implementation computes twice. The result is a
lower bound, so a fraction of 1 cannot be reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from seq2seq_core.config import ModelConfig
from seq2seq_core.examples import Batch
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores.location import Location

ADDITIVE = ("additive", "additive_normalised", "concat", "location", "shift_additive")
MOVES = {
    "shift": 4,
    "shift_unsharpened": 3,
    "shift_uniform_start": 4,
    "shift_fixed": 1,
    "one_step": 2,
    "shift_additive": 5,
}
"""The scores that move the previous alignment, and the channels that they project a query to."""
COUNTED_SCORES = {"dot", "scaled_dot", "general", *ADDITIVE, *MOVES}
"""The scores whose work `attention` counts."""


@dataclass(frozen=True)
class Work:
    """The least work of a case, by the operation that limits its speed; padding is not counted."""

    flop: float
    """Floating-point operations of matrix products; a multiply-add is two."""
    tanh: float
    """Sigmoids and tanhs, in elements."""
    bytes: float
    """Bytes that have to be read from memory or written to it."""
    reciprocal: float = 0
    """Reciprocals, in elements."""

    def fraction_of_peak(self, peaks: Mapping[str, float], taken_seconds: float) -> tuple[str, float]:
        """The operation that limits the case, and the fraction of its peak that the case reaches.

        `peaks` maps each operation of `benchmarks.roofline.peaks` to its rate per second. The limiting operation is the
        one whose work takes longest at its peak; the fraction is that time over `taken_seconds`.
        """
        least_seconds = self._least_seconds(peaks)
        limiting = max(least_seconds, key=lambda operation: least_seconds[operation])
        return limiting, least_seconds[limiting] / taken_seconds

    def seconds_at(self, peaks: Mapping[str, float]) -> float:
        """The time of all operations at their peak rates, one after the other: how it grows is how the work grows."""
        return sum(self._least_seconds(peaks).values())

    def _least_seconds(self, peaks: Mapping[str, float]) -> dict[str, float]:
        """The time of each operation at its peak rate."""
        amounts = {"matmul": self.flop, "tanh": self.tanh, "reciprocal": self.reciprocal, "copy": self.bytes}
        return {operation: amount / peaks[operation] for operation, amount in amounts.items()}


def total(*parts: Work) -> Work:
    return Work(
        flop=sum(part.flop for part in parts),
        tanh=sum(part.tanh for part in parts),
        bytes=sum(part.bytes for part in parts),
        reciprocal=sum(part.reciprocal for part in parts),
    )


def with_gradients(forward: Work) -> Work:
    """The work of a forward and backward pass."""
    return replace(forward, flop=3 * forward.flop, bytes=2 * forward.bytes)


def counts(batch: Batch) -> dict[str, int]:
    """The tokens, positions and pairs of a batch, without padding: the keyword arguments of `decoder` and `model`."""
    return {
        "tokens": int(batch.target_lengths.sum()),
        "positions": int(batch.source_lengths.sum()),
        "pairs": int((batch.target_lengths * batch.source_lengths).sum()),
    }


def memory_traffic(elements: int) -> Work:
    """The work of reading or writing so many elements once."""
    return Work(flop=0, tanh=0, bytes=4 * elements)


def linear(inputs: int, outputs: int, rows: int) -> Work:
    """A linear layer from `inputs` to `outputs` channels, applied to `rows` vectors; its weights are read."""
    return Work(flop=2 * rows * inputs * outputs, tanh=0, bytes=4 * inputs * outputs)


def recurrence(cell: str, size: int, tokens: int, *, input_channels: int = 0) -> Work:
    """A recurrent layer in one direction; its weights are read.

    `input_channels` counts the channels of its input that differ from token to token. The channels of embeddings are
    not among them: `embeddings` counts their product.
    """
    products = linear(input_channels + size, CELLS[cell].gates * size, tokens)
    return Work(flop=products.flop, tanh=CELLS[cell].activations * size * tokens, bytes=products.bytes)


def embeddings(config: ModelConfig, vocabulary: int, tokens: int) -> Work:
    """The embeddings of `tokens` tokens, multiplied by the input weights of the cell; the rows of the table that the
    tokens can have are read."""
    rows = min(vocabulary, tokens)
    products = linear(config.embedding_size, CELLS[config.cell].gates * config.hidden_size, rows)
    return total(products, memory_traffic(rows * config.embedding_size))


def attention(
    score: str, size: int, *, positions: int, queries: int, pairs: int, value_size: int | None = None
) -> Work:
    """Keys, energies and contexts of one of the `COUNTED_SCORES`; values are read, contexts are written.

    Queries and keys have `size` channels, values `value_size` (default: `size`). Queries are not read from memory,
    since the layer before has just computed them.
    """
    value_size = value_size or size
    parts = [memory_traffic((positions + queries) * value_size), Work(flop=2 * pairs * value_size, tanh=0, bytes=0)]
    if score in MOVES:
        parts.append(linear(size, MOVES[score], queries))
        parts.append(Work(flop=0, tanh=queries if score in ("one_step", "shift_additive") else 0, bytes=0))
    if score in MOVES and score not in ADDITIVE:
        return total(*parts)
    parts.append(Work(flop=2 * pairs * size, tanh=0, bytes=0))
    if score not in ("dot", "scaled_dot"):
        parts.append(linear(value_size, size, positions))
    if score in ADDITIVE:
        parts += [linear(size, size, queries), Work(flop=0, tanh=0, bytes=0, reciprocal=pairs * size)]
    if score == "location":
        parts.append(linear(Location.width + size, Location.filters, pairs))
    return total(*parts)


def encoder(config: ModelConfig, vocabulary: int, tokens: int) -> Work:
    """An encoder of one layer in one or two directions over `tokens` tokens; its values are written."""
    one_direction = total(embeddings(config, vocabulary, tokens), recurrence(config.cell, config.hidden_size, tokens))
    return total(*[one_direction] * config.directions, memory_traffic(tokens * config.value_size))


def decoder(config: ModelConfig, vocabulary: int, *, tokens: int, positions: int, pairs: int) -> Work:
    """A decoder of one layer over `tokens` target tokens, up to its features, which are written."""
    size, value_size = config.hidden_size, config.value_size
    fed = size if config.attentional_layer else value_size
    input_channels = value_size * (config.query == "previous") + fed * config.input_feeding
    parts = [embeddings(config, vocabulary, tokens)]
    parts.append(recurrence(config.cell, size, tokens, input_channels=input_channels))
    parts.append(memory_traffic(tokens * size))
    if config.score:
        sizes = {"positions": positions, "queries": tokens, "pairs": pairs, "value_size": value_size}
        parts.append(attention(config.score, size, **sizes))
    if config.attentional_layer:
        parts += [linear(value_size + size, size, tokens), Work(flop=0, tanh=size * tokens, bytes=0)]
    return total(*parts)


def counts_model(config: ModelConfig) -> bool:
    """Whether `model` counts the work of this network: one layer over learnt embeddings, and a counted score."""
    plain = ModelConfig()
    others = ("embedding", "boundaries", "layers", "dense_layers", "conv_layers", "pyramid", "mlp")
    return config.score in (None, *COUNTED_SCORES) and all(
        getattr(config, name) == getattr(plain, name) for name in others
    )


def model(config: ModelConfig, vocabulary: int, *, tokens: int, positions: int, pairs: int) -> Work:
    """A model of an encoder and a decoder, from `positions` source tokens to the logits of `tokens` target tokens.

    The projection of a bridge, one per sequence, is not counted.
    """
    with_context = config.score and not config.attentional_layer and config.readout == "both"
    context = config.value_size if with_context else 0
    return total(
        encoder(config, vocabulary, positions),
        decoder(config, vocabulary, tokens=tokens, positions=positions, pairs=pairs),
        linear(config.hidden_size + context, vocabulary, tokens),
    )
