"""How much memory a piece of work needs, with one meaning on every device.

What counts is what tensors hold: what else a process takes, such as its libraries or what an allocator keeps in
reserve, says nothing of a candidate. It is measured in calls of its own, never in a timed round: on a CPU torch's
profiler writes each allocation down, which takes 10 to 25 microseconds an operation.
"""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.timing.interleaved import Work

_MEASURED = "measured"
"""Marks the call that counts among the profiler's events."""


def peak_bytes(work: Work, device: torch.device) -> int:
    """The most bytes that tensors on the device held at once in a call of `work`, above what they held before it."""
    return _on_cuda(work, device) if device.type == "cuda" else _on_cpu(work)


def _on_cuda(work: Work, device: torch.device) -> int:
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    work()
    return torch.cuda.max_memory_allocated(device) - before


def _on_cpu(work: Work) -> int:
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        work()  # the profiler knows how much is freed only of what it saw allocated, such as the last call's gradients
        with record_function(_MEASURED):
            work()
    held = before = most = 0
    for event in sorted(recorded.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == _MEASURED:
            before = most = held
        elif event.name() == "[memory]":
            held += event.nbytes()  # less than nothing where a tensor is freed
            most = max(most, held)
    return most - before
