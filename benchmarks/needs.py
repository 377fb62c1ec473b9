"""The least work that a case asks for: what its share of the machine's limit is counted from.

flop   two for each multiply-add of a matrix product: (n,a) times (a,b) takes 2 n a b. The backward pass takes twice
       that, a product of the same size for the gradient of each factor.
tanh   sigmoids and tanhs, one an element. The backward pass takes none: the derivatives follow from the values.
bytes  what has to be read or written once, in float32: inputs, weights and outputs, and in the backward pass the
       gradient of each.

n tokens through a recurrent layer of G gates (gru 3, lstm 4, rnn 1), from C to H channels: 2 n G H (C + H) flop. The
activations are one a gate, and the tanh of an LSTM's memory: 3 n H, 5 n H and n H.

N queries that look at P pairs of query and real position, of M positions, all of H channels: the energies of a product
take 2 P H flop and the context 2 P H; keys that are projected 2 M H H. An additive energy takes 2 P H flop, and P H
tanhs; its queries are projected too, 2 N H H. `concat` is the same function as `additive`, so the same work is asked
of it, and what it does beyond is its own.

Padding is never counted. Nor is what goes over elements and is no tanh (softmax, masks, sums, the optimizer's update),
nor anything that an implementation computes twice: the need is a floor, and nobody reaches all of it.
"""

from __future__ import annotations

from benchmarks.ceilings import Needs
from seq2seq_core.config import ModelConfig
from seq2seq_core.scores.location import Location

GATES = {"gru": 3, "lstm": 4, "rnn": 1}
ACTIVATIONS = {"gru": 3, "lstm": 5, "rnn": 1}
ADDITIVE = ("additive", "additive_normalised", "concat", "location")
DESCRIBED = ("dot", "scaled_dot", "general", *ADDITIVE)


def total(*parts: Needs) -> Needs:
    return Needs(
        flop=sum(part.flop for part in parts),
        tanh=sum(part.tanh for part in parts),
        bytes=sum(part.bytes for part in parts),
    )


def with_gradients(forward: Needs) -> Needs:
    """Forward and backward pass."""
    return Needs(flop=3 * forward.flop, tanh=forward.tanh, bytes=2 * forward.bytes)


def moved(elements: int) -> Needs:
    """Numbers that are read or written once."""
    return Needs(flop=0, tanh=0, bytes=4 * elements)


def linear(inputs: int, outputs: int, rows: int) -> Needs:
    """A linear layer over so many rows; of the bytes its weights."""
    return Needs(flop=2 * rows * inputs * outputs, tanh=0, bytes=4 * inputs * outputs)


def recurrence(cell: str, inputs: int, size: int, tokens: int) -> Needs:
    """A recurrent layer in one direction; of the bytes its weights."""
    products = linear(inputs + size, GATES[cell] * size, tokens)
    return Needs(flop=products.flop, tanh=ACTIVATIONS[cell] * size * tokens, bytes=products.bytes)


def attention(score: str, size: int, *, positions: int, queries: int, pairs: int) -> Needs:
    """Keys, energies and contexts of one of the `DESCRIBED` scores, everything of one size; values are read, contexts
    written. Queries come from next door."""
    parts = [moved((positions + queries) * size), Needs(flop=4 * pairs * size, tanh=0, bytes=0)]
    if score not in ("dot", "scaled_dot"):
        parts.append(linear(size, size, positions))
    if score in ADDITIVE:
        parts += [linear(size, size, queries), Needs(flop=0, tanh=pairs * size, bytes=0)]
    if score == "location":
        parts.append(linear(Location.width + size, Location.filters, pairs))
    return total(*parts)


def encoder(config: ModelConfig, tokens: int) -> Needs:
    """An encoder of one layer, in its one or two directions, over so many tokens."""
    one_way = recurrence(config.cell, config.embedding_size, config.hidden_size, tokens)
    inputs_and_values = moved(tokens * (config.embedding_size + config.directions * config.hidden_size))
    return total(*[one_way] * config.directions, inputs_and_values)


def decoder(config: ModelConfig, *, tokens: int, positions: int, pairs: int) -> Needs:
    """A decoder of one layer over so many target tokens, up to its features, after a one-way encoder."""
    size = config.hidden_size
    context = size if config.query == "previous" else 0
    parts = [recurrence(config.cell, config.embedding_size + context, size, tokens)]
    parts.append(moved(tokens * (config.embedding_size + size)))
    if config.score:
        parts.append(attention(config.score, size, positions=positions, queries=tokens, pairs=pairs))
    return total(*parts)


def model(config: ModelConfig, vocabulary: int, *, tokens: int, positions: int, pairs: int) -> Needs:
    """The whole model, from so many source positions to the logits of so many target tokens."""
    features = config.hidden_size * (2 if config.score else 1)
    return total(
        encoder(config, positions),
        decoder(config, tokens=tokens, positions=positions, pairs=pairs),
        linear(features, vocabulary, tokens),
    )
