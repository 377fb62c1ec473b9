"""Peak memory, on works of which it is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from benchmarks.timing.peak_memory import peak_bytes

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
SIZE = 2**20
"""Elements of a tensor, of four bytes each."""
SMALL = 1024
"""Bytes that the numbers among an operation's arguments may take, and that an allocator may round up by."""


def one_after_the_other(device: torch.device) -> None:
    for _ in range(3):
        torch.empty(SIZE, device=device)


def side_by_side(device: torch.device) -> list[torch.Tensor]:
    return [torch.empty(SIZE, device=device) for _ in range(3)]


def in_place(device: torch.device) -> None:
    torch.zeros(SIZE, device=device).add_(1).mul_(2)


def out_of_place(device: torch.device) -> None:
    torch.zeros(SIZE, device=device) + 1


def kept_for_backward(device: torch.device) -> None:
    numbers = torch.zeros(SIZE, device=device, requires_grad=True)
    for _ in range(4):
        numbers = numbers.tanh()
    numbers.sum()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("work", "tensors"),
    [(one_after_the_other, 1), (side_by_side, 3), (in_place, 1), (out_of_place, 2), (kept_for_backward, 5)],
)
def test_what_is_held_at_once_counts(work: Callable[[torch.device], object], tensors: int, device: str) -> None:
    where = torch.device(device)
    found = peak_bytes(lambda: work(where), where)
    assert 4 * SIZE * tensors <= found <= 4 * SIZE * tensors + SMALL


@pytest.mark.parametrize("device", DEVICES)
def test_what_was_held_before_does_not_count(device: str) -> None:
    where = torch.device(device)
    held = side_by_side(where)
    assert peak_bytes(lambda: torch.empty(SIZE, device=where), where) == 4 * SIZE

    def replaced() -> None:
        """As gradients are: those of the last call go before there are new ones."""
        held.clear()
        held.append(torch.empty(SIZE, device=where))

    replaced()
    assert peak_bytes(replaced, where) == 0


@pytest.mark.parametrize("device", DEVICES)
def test_the_energies_of_the_additive_score_are_seen(device: str) -> None:
    """A (B,T,S,K) tensor that is made and freed within the call."""
    where = torch.device(device)
    query, keys = (torch.zeros(2, 50, 64, device=where) for _ in range(2))
    found = peak_bytes(lambda: (query.unsqueeze(2) + keys.unsqueeze(1)).sum(-1), where)
    plane = 4 * 2 * 50 * 50
    assert 65 * plane <= found <= 65 * plane + SMALL
