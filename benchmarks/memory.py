"""How much memory a piece of work needs, with one meaning on every device.

What counts is what tensors hold: what else a process takes, such as its libraries or what an allocator keeps in
reserve, says nothing of a candidate. It is measured in a call of its own, never in a timed round: on a CPU torch's
profiler writes each allocation down, and the call takes 10 to 25 microseconds an operation more.
"""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.paired import Work


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
        work()
    held = most = 0
    events = recorded.profiler.kineto_results.events()
    for event in sorted((e for e in events if e.name() == "[memory]"), key=lambda event: event.start_ns()):
        held += event.nbytes()  # negative where a tensor is freed, also one that was there before
        most = max(most, held)
    return most
