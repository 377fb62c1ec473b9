"""What holds for every score. Q and C differ where the score allows it. No parameter has its initial value, which may
be zero."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from seq2seq_core.conformance.initial_values import check_constructor
from seq2seq_core.conformance.requirements import require, require_equal, require_gradients, require_shape
from seq2seq_core.conformance.trained import check_decoding
from seq2seq_core.layers import fast_path
from seq2seq_core.layers.scores import SCORES, Score, UsesPreviousAlignment
from seq2seq_core.model.attention import Memory, attend
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.seeding import initialise

B, T, S, H, K = 3, 4, 5, 6, 7
LENGTHS = (5, 2, 1)


def make_score(name: str) -> tuple[Score, Tensor, Tensor]:
    """A score, a query (B,T,Q) and values (B,S,C) in float64."""
    random = torch.Generator().manual_seed(0)
    size = query_size(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        score = _constructed(name)
    for parameter in score.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=random, dtype=torch.float64)
    query = torch.randn(B, T, size, generator=random, dtype=torch.float64)
    return score, query, torch.randn(B, S, H, generator=random, dtype=torch.float64)


def _constructed(name: str) -> Score:
    return SCORES[name](query_size(name), H, K).double()


def query_size(name: str) -> int:
    return H if SCORES[name].same_size else H + 2


def alignments() -> Tensor:
    """The previous alignment of each step, (B,T,S)."""
    return torch.rand(B, T, S, generator=torch.Generator().manual_seed(0), dtype=torch.float64).softmax(-1)


def energies_of(score: Score, query: Tensor, keys: Tensor, before: Tensor) -> Tensor:
    """Energies (B,T,S), in one call, or step by step after the alignments (B,T,S) for a score that needs them."""
    if not isinstance(score, UsesPreviousAlignment):
        return score.energies(query, keys)
    mask = torch.ones(keys.shape[:2], dtype=torch.bool, device=keys.device)
    steps = zip(torch.split(query, 1, dim=1), torch.split(before, 1, dim=1), strict=True)
    return torch.cat([score.energies_from_previous(step, keys, previous, mask) for step, previous in steps], dim=1)


def check_shapes(name: str) -> None:
    score, query, values = make_score(name)
    keys = score.project_keys(values)
    require(keys.shape[:2] == (B, S), f"keys: the shape is {tuple(keys.shape)}; expected ({B}, {S}, K)")
    require_shape("energies", energies_of(score, query, keys, alignments()), B, T, S)
    require_shape("energies of the first step", score.energies(query[:, :1], keys), B, 1, S)


def check_precision(name: str) -> None:
    score, query, values = make_score(name)
    exact = energies_of(score, query, score.project_keys(values), alignments())
    require(exact.dtype == torch.float64, f"energies of float64 are {exact.dtype}; expected float64")
    score.float()
    single = energies_of(score, query.float(), score.project_keys(values.float()), alignments().float())
    require(single.dtype == torch.float32, f"energies of float32 are {single.dtype}; expected float32")
    require_equal("energies in float32 and in float64", single.double(), exact, 1e-4)


def check_repeatable(name: str) -> None:
    score, query, values = make_score(name)
    first, second = (energies_of(score, query, score.project_keys(values), alignments()) for _ in range(2))
    require_equal("energies of the same query and keys, computed twice", second, first, 0.0)


def check_steps(name: str) -> None:
    score, query, values = make_score(name)
    if isinstance(score, UsesPreviousAlignment):
        return  # its steps are computed one after another anyway
    keys = score.project_keys(values)
    steps = torch.cat([score.energies(query[:, t : t + 1], keys) for t in range(T)], dim=1)
    require_equal("energies of single steps and of a target of all steps", steps, score.energies(query, keys))


def check_batch(name: str) -> None:
    score, query, values = make_score(name)
    before = alignments()
    together = energies_of(score, query, score.project_keys(values), before)
    for rows in ([2, 0, 1], [1]):
        some = energies_of(score, query[rows], score.project_keys(values[rows]), before[rows])
        require_equal(f"energies of rows {rows} alone and in the batch", some, together[rows])


def check_padding(name: str) -> None:
    """Attention over sequences of several lengths, at a first and a second step."""
    score, query, values = make_score(name)
    query = query[:, :1]
    mask = mask_from_lengths(torch.tensor(LENGTHS), S, values.device)
    memory = Memory(score.project_keys(values), values, mask)
    _, before = attend(score, query, memory)
    context, weights = attend(score, query, memory, before)
    for alignment in (before, weights):
        padded = alignment.masked_select(~mask.unsqueeze(1))
        require_equal("the attention weights of padding and zero", padded, torch.zeros_like(padded), 0.0)
        require_equal("the sum of attention weights and 1", alignment.sum(-1), torch.ones(B, 1, dtype=torch.float64))
    other = torch.where(mask.unsqueeze(-1), values, 100.0)
    changed, _ = attend(score, query, Memory(score.project_keys(other), other, mask), before)
    require_equal("contexts with other values at padding", changed, context)
    for row, length in enumerate(LENGTHS):
        alone = values[row : row + 1, :length]
        memory = Memory(score.project_keys(alone), alone, mask[row : row + 1, :length])
        _, first = attend(score, query[row : row + 1], memory)
        without, _ = attend(score, query[row : row + 1], memory, first)
        require_equal("contexts without padding and with it", without, context[row : row + 1])


def check_gradients(name: str) -> None:
    """From the first step of training on: with the initial values of a model."""
    _, query, values = make_score(name)
    score = _constructed(name)
    initialise(score, seed=0)
    query.requires_grad_()
    values.requires_grad_()
    keys = score.project_keys(values)
    energies = energies_of(score, query, keys, alignments())
    torch.autograd.backward((energies**2).sum() + (score.energies(query[:, :1], keys) ** 2).sum())
    compared = {"the query": query, **({"the values": values} if score.compares_values else {})}
    require_gradients("energies", {**compared, **dict(score.named_parameters())})


def check_initial_values(name: str) -> None:
    check_constructor(lambda: _constructed(name))


def check_terms(name: str) -> None:
    """`energy_terms` or `alignment_terms` promise a form of the energies, which a kernel computes in their place."""
    score, query, values = make_score(name)
    if isinstance(score, UsesPreviousAlignment):
        memory = Memory(score.project_keys(values), values, mask_from_lengths(torch.tensor(LENGTHS), S, values.device))
        _, weights = attend(score, query, memory)
        with fast_path.disabled():
            _, plain = attend(score, query, memory)
        require_equal("attention weights by `energies_from_previous` and by `alignment_terms`", plain, weights)
        return
    terms = score.energy_terms()
    if terms is None:
        return
    weight, bias, vector = terms
    keys = score.project_keys(values)
    if weight is None or vector is None:
        promised = query @ keys.mT
    else:
        projected = query @ weight.mT + (0 if bias is None else bias)
        promised = torch.tanh(projected.unsqueeze(2) + keys.unsqueeze(1)) @ vector
    require_equal(
        "attention by `energies` and by `energy_terms`", score.energies(query, keys).softmax(-1), promised.softmax(-1)
    )


def check_model(name: str) -> None:
    for query in ("current", "previous"):
        check_decoding(score=name, query=query)


SCORE_CHECKS: dict[str, Callable[[str], None]] = {
    "keys are (B,S,K), energies (B,T,S), all finite": check_shapes,
    "float32 and float64 stay what they are and agree": check_precision,
    "the same input has the same energies": check_repeatable,
    "a step has the energies that it has in a longer target": check_steps,
    "a row does not depend on the other rows of its batch": check_batch,
    "padding has weight zero and no influence": check_padding,
    "what its constructor sets is what a training starts with": check_initial_values,
    "query, values and every parameter have a gradient": check_gradients,
    "`energy_terms` and `alignment_terms` are the energies, up to what softmax ignores": check_terms,
    "a model with it trains, and decodes as it is trained, with kernels and without": check_model,
}
"""What a check shows -> the check, for the name of a score."""
