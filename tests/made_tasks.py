"""Tasks that only the tests register: targets twice as long as their sources, and targets without a fixed length or
an expected alignment. A network that has learnt any task perfectly is made here too."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.config import ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.model.seq2seq import Decoded, Seq2Seq
from seq2seq_core.tasks import Task
from seq2seq_core.tokens import EOS, PAD

SMALL = ModelConfig(embedding_size=2, hidden_size=2)
BRIEF = TrainConfig(epochs=1, steps_per_epoch=2, batch_size=3, evaluation_size=8, test_size=8)


class Doubled(Task, name="doubled"):
    """abc -> aabbcc."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return sources.repeat_interleave(2, dim=1), 2 * lengths

    def longest_target(self, length: int) -> int:
        return 2 * length

    def expected_alignment(self, length: int) -> list[int]:
        return [position // 2 for position in range(2 * length)]


class WithoutRepeats(Task, name="without_repeats"):
    """aabba -> aba: the length of the target depends on the letters, and no alignment is expected."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        previous = functional.pad(sources[:, :-1], (1, 0), value=PAD)
        kept = (sources != previous) & (sources != PAD)
        order = (~kept).to(torch.int8).argsort(dim=1, stable=True)
        counts = kept.sum(dim=1)
        targets = sources.masked_fill(~kept, PAD).gather(1, order)
        return targets[:, : int(counts.max())], counts.cpu()


class Perfect(Seq2Seq):
    """Predicts the correct target, and attends to the expected alignment, or uniformly if the task has none."""

    def __init__(self, task: TaskConfig) -> None:
        super().__init__(SMALL, task.vocabulary)
        self.task = task.definition

    def greedy(
        self, source: Tensor, lengths: Tensor, limit: int, *, until_end: bool = True, keep_weights: bool = True
    ) -> Decoded:
        letters, target_lengths = self.task.targets(source, lengths)
        target = functional.pad(letters, (0, limit), value=PAD)
        tokens = target.scatter(1, target_lengths.unsqueeze(1), EOS)[:, :limit]
        weights = torch.full((len(source), limit, source.size(1)), 1 / source.size(1))
        for row, length in enumerate(lengths.tolist()):
            expected = (self.task.expected_alignment(length) or [])[:limit]
            weights[row, range(len(expected))] = functional.one_hot(
                torch.tensor(expected, dtype=torch.long), source.size(1)
            ).float()
        return Decoded(tokens, weights)
