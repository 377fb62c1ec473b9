"""The peak memory of a call, with the same definition on every device.

Only the memory of tensors counts: libraries and the reserve of an allocator are not part of a candidate. Memory is
measured in calls of its own, not in timed rounds, because on a CPU torch's profiler records each allocation, which adds
10 to 25 microseconds to an operation.
"""

from __future__ import annotations

import torch
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks.timing.interleaved import Workload
from seq2seq_core.freed_memory import keep_freed_memory

_MEASURED = "measured"
"""The name of the measured call among the profiler's events."""
_RETURNED = 1 << 20
"""Bytes of a block that returns to the system while the profiler records. Otherwise its events, which it allocates one
by one, take the place of large blocks that were freed: 100,000 of them, of a packed GRU over 1,000 positions, had made
a process of 24 GB."""


def peak_bytes(workload: Workload, device: torch.device) -> int:
    """The most bytes that tensors on the device held at once during a call, minus what they held before it."""
    return _on_cuda(workload, device) if device.type == "cuda" else _on_cpu(workload)


def _on_cuda(workload: Workload, device: torch.device) -> int:
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    workload()
    return torch.cuda.max_memory_allocated(device) - before


def _on_cpu(workload: Workload) -> int:
    keep_freed_memory(_RETURNED)
    try:
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
            # The profiler knows the size of what is freed only if it saw the allocation. The first call lets it see
            # what the second one frees, for example the gradients of the call before.
            workload()
            with record_function(_MEASURED):
                workload()
    finally:
        keep_freed_memory()
    held = before = peak = 0
    for event in sorted(recorded.profiler.kineto_results.events(), key=lambda event: event.start_ns()):
        if event.name() == _MEASURED:
            before = peak = held
        elif event.name() == "[memory]":
            held += event.nbytes()  # negative where a tensor is freed
            peak = max(peak, held)
    return peak - before
