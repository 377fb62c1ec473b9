"""A score that depends on the alignment of the step before."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from seq2seq_core.layers.fast_path import AlignmentTerms
from seq2seq_core.layers.scores.base import UsesPreviousAlignment


class Location(UsesPreviousAlignment, name="location"):
    """e = w . tanh(W q + V h + U f + b), with f = F * previous alignment, a convolution.

    Chorowski et al. 2015, equations 8 and 9.

    The paper has 10 filters of 201 positions, for thousands of frames of speech. The sizes here suit tens of positions.
    """

    filters: ClassVar[int] = 8
    width: ClassVar[int] = 5
    """Positions that a filter covers; odd, so that the features keep the length of the alignment."""

    def __init__(self, query_size: int, value_size: int, key_size: int) -> None:
        super().__init__(query_size, value_size, key_size)
        self.query = nn.Linear(query_size, key_size)  # its bias is b
        self.key = nn.Linear(value_size, key_size, bias=False)
        self.convolution = nn.Conv1d(1, self.filters, self.width, padding=self.width // 2, bias=False)
        self.feature = nn.Linear(self.filters, key_size, bias=False)
        self.energy = nn.Linear(key_size, 1, bias=False)

    def project_keys(self, values: Tensor) -> Tensor:
        keys: Tensor = self.key(values)
        return keys

    def energies_from_previous(self, query: Tensor, keys: Tensor, previous: Tensor, mask: Tensor) -> Tensor:
        features = self.convolution(previous).mT  # (B,S,filters)
        hidden = torch.tanh(self.query(query) + keys + self.feature(features))  # (B,S,K)
        energies: Tensor = self.energy(hidden)
        return energies.mT

    def alignment_terms(self, keys: Tensor) -> AlignmentTerms:
        window_weight = self.feature.weight @ self.convolution.weight.squeeze(1)  # U F, (K,width)
        return AlignmentTerms(
            kernel="location",
            query=(self.query.weight, self.query.bias),
            sizes=(self.query.out_features,),
            rows=lambda parts, out: parts,
            memory=(keys,),
            parameters=(window_weight, self.energy.weight[0]),
        )
