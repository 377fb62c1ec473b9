"""Peak memory of calls whose peak is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence

from benchmarks.timing.peak_memory import peak_bytes
from seq2seq_core.freed_memory import keep_freed_memory

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]
SIZE = 2**20
"""Elements of a tensor, of four bytes each."""
SMALL = 65536
"""Bytes that scalar arguments of an operation may take, an allocator may add by rounding up, and a sum on a GPU takes
for the sums of its blocks."""


def sequential(device: torch.device) -> None:
    for _ in range(3):
        torch.empty(SIZE, device=device)


def simultaneous(device: torch.device) -> list[torch.Tensor]:
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
    ("call", "tensors"),
    [(sequential, 1), (simultaneous, 3), (in_place, 1), (out_of_place, 2), (kept_for_backward, 5)],
)
def test_the_peak_counts_the_tensors_that_are_held_at_the_same_time(
    call: Callable[[torch.device], object], tensors: int, device: str
) -> None:
    where = torch.device(device)
    found = peak_bytes(lambda: call(where), where)
    assert 4 * SIZE * tensors <= found <= 4 * SIZE * tensors + SMALL


@pytest.mark.parametrize("device", DEVICES)
def test_tensors_that_were_held_before_do_not_count(device: str) -> None:
    where = torch.device(device)
    held = simultaneous(where)
    assert peak_bytes(lambda: torch.empty(SIZE, device=where), where) == 4 * SIZE

    def replace() -> None:
        """Like gradients: the old tensor is freed before the new one is allocated."""
        held.clear()
        held.append(torch.empty(SIZE, device=where))

    replace()
    assert peak_bytes(replace, where) == 0


@pytest.mark.parametrize("device", DEVICES)
def test_a_temporary_tensor_inside_the_call_counts(device: str) -> None:
    """The (B,T,S,K) tensor of the additive score, which is allocated and freed within the call."""
    where = torch.device(device)
    query, keys = (torch.zeros(2, 50, 64, device=where) for _ in range(2))
    found = peak_bytes(lambda: (query.unsqueeze(2) + keys.unsqueeze(1)).sum(-1), where)
    plane = 4 * 2 * 50 * 50
    assert 65 * plane <= found <= 65 * plane + SMALL


def test_the_memory_of_the_process_grows_little_more_than_the_peak() -> None:
    """Though torch's packed recurrences allocate a gradient of all positions for each of them, 500 MB in all, which
    the events of the profiler must not keep from being used again."""
    gru = torch.nn.GRU(64, 64)
    packed = PackedSequence(torch.zeros(250 * 32, 64, requires_grad=True), torch.full((250,), 32))

    def forward_and_backward() -> None:
        gru(packed)[0].data.sum().backward()

    keep_freed_memory()  # as the model does
    forward_and_backward()
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM, the peak of the process
    before = resident("VmRSS")
    peak_bytes(forward_and_backward, torch.device("cpu"))
    assert resident("VmHWM") - before < 2**29


def resident(which: str) -> int:
    """Bytes"""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which)]
    return 1024 * int(line.split()[1])
