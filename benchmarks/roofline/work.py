"""The least work that a case asks for: what its share of the machine's limit is counted from.

flop   two for each multiply-add of a matrix product: (n,a) times (a,b) takes 2 n a b. The backward pass takes twice
       that, a product of the same size for the gradient of each factor.
tanh   sigmoids and tanhs, one an element. The backward pass takes none: the derivatives follow from the values.
reciprocal  one for each tanh of a sum of a query's number and a key's: 1 - 2 / (1 + exp(2 q) exp(2 k)).
bytes  what has to be read or written once, in float32: inputs, weights and outputs, and in the backward pass the
       gradient of each.

n tokens through a recurrent layer of G gates (gru 3, lstm 4, rnn 1) of H channels: 2 n G H H flop. What E channels of
an embedding give to the gates is one of V rows, so that at most V of them are computed: 2 V G H E. The activations are
one a gate, and the tanh of an LSTM's memory: 3 n H, 5 n H and n H.

N queries of H channels that look at P pairs of query and real position, of M positions with values of C channels: the
energies of a product take 2 P H flop and the context 2 P C; keys that are projected 2 M C H. An additive energy takes
2 P H flop, and P H reciprocals; its queries are projected too, 2 N H H. `concat` is the same function as `additive`, so
the same work is asked of it, and what it does beyond is its own.

Padding is never counted. Nor is what goes over elements and is no tanh or reciprocal (softmax, exponentials, masks,
sums, the optimizer's update), nor anything that an implementation computes twice: the need is a floor, and nobody
reaches all of it.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.roofline.peaks import Needs
from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import CELLS
from seq2seq_core.layers.scores.location import Location

ADDITIVE = ("additive", "additive_normalised", "concat", "location")
DESCRIBED = ("dot", "scaled_dot", "general", *ADDITIVE)


def total(*parts: Needs) -> Needs:
    return Needs(
        flop=sum(part.flop for part in parts),
        tanh=sum(part.tanh for part in parts),
        bytes=sum(part.bytes for part in parts),
        reciprocal=sum(part.reciprocal for part in parts),
    )


def with_gradients(forward: Needs) -> Needs:
    """Forward and backward pass."""
    return replace(forward, flop=3 * forward.flop, bytes=2 * forward.bytes)


def moved(elements: int) -> Needs:
    """Numbers that are read or written once."""
    return Needs(flop=0, tanh=0, bytes=4 * elements)


def linear(inputs: int, outputs: int, rows: int) -> Needs:
    """A linear layer over so many rows; of the bytes its weights."""
    return Needs(flop=2 * rows * inputs * outputs, tanh=0, bytes=4 * inputs * outputs)


def recurrence(cell: str, size: int, tokens: int, *, joined: int = 0) -> Needs:
    """A recurrent layer in one direction, from state to state; of the bytes its weights. `joined` are channels of its
    input that differ from token to token."""
    products = linear(joined + size, CELLS[cell].gates * size, tokens)
    return Needs(flop=products.flop, tanh=CELLS[cell].activations * size * tokens, bytes=products.bytes)


def embeddings(config: ModelConfig, vocabulary: int, tokens: int) -> Needs:
    """What embeddings give to the gates of a cell, for so many tokens of the vocabulary; the table is read."""
    products = linear(config.embedding_size, CELLS[config.cell].gates * config.hidden_size, min(vocabulary, tokens))
    return total(products, moved(vocabulary * config.embedding_size))


def attention(
    score: str, size: int, *, positions: int, queries: int, pairs: int, value_size: int | None = None
) -> Needs:
    """Keys, energies and contexts of one of the `DESCRIBED` scores, of queries and keys of one size, and values too
    where nothing else is said; values are read, contexts written. Queries come from next door."""
    value_size = value_size or size
    parts = [moved((positions + queries) * value_size), Needs(flop=2 * pairs * (size + value_size), tanh=0, bytes=0)]
    if score not in ("dot", "scaled_dot"):
        parts.append(linear(value_size, size, positions))
    if score in ADDITIVE:
        parts += [linear(size, size, queries), Needs(flop=0, tanh=0, bytes=0, reciprocal=pairs * size)]
    if score == "location":
        parts.append(linear(Location.width + size, Location.filters, pairs))
    return total(*parts)


def encoder(config: ModelConfig, vocabulary: int, tokens: int) -> Needs:
    """An encoder of one layer, in its one or two directions, over so many tokens; its values are written."""
    one_way = total(embeddings(config, vocabulary, tokens), recurrence(config.cell, config.hidden_size, tokens))
    return total(*[one_way] * config.directions, moved(tokens * config.value_size))


def decoder(config: ModelConfig, vocabulary: int, *, tokens: int, positions: int, pairs: int) -> Needs:
    """A decoder of one layer over so many target tokens, up to its features, which are written."""
    size, value_size = config.hidden_size, config.value_size
    joined = value_size if config.query == "previous" else 0
    parts = [embeddings(config, vocabulary, tokens), recurrence(config.cell, size, tokens, joined=joined)]
    parts.append(moved(tokens * size))
    if config.score:
        sizes = {"positions": positions, "queries": tokens, "pairs": pairs, "value_size": value_size}
        parts.append(attention(config.score, size, **sizes))
    if config.attentional_layer:
        parts += [linear(value_size + size, size, tokens), Needs(flop=0, tanh=size * tokens, bytes=0)]
    return total(*parts)


def model(config: ModelConfig, vocabulary: int, *, tokens: int, positions: int, pairs: int) -> Needs:
    """The whole model, from so many source positions to the logits of so many target tokens; a bridge's projection,
    once a sequence, is left out."""
    context = config.value_size if config.score and not config.attentional_layer else 0
    return total(
        encoder(config, vocabulary, positions),
        decoder(config, vocabulary, tokens=tokens, positions=positions, pairs=pairs),
        linear(config.hidden_size + context, vocabulary, tokens),
    )
