"""The encoder: tokens -> embeddings -> pre-layers -> recurrence -> values for attention, and the decoder's state."""

from __future__ import annotations

from torch import Tensor, nn

from seq2seq_core.config import ModelConfig
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.packing import PACKINGS
from seq2seq_core.model.bridge import Bridges
from seq2seq_core.model.pre_layers import OneHot, PreLayers, check_vocabulary, table_of
from seq2seq_core.model.pyramid import Pyramid, merge_directions
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.tokens import FIRST_LETTER


class Encoder(nn.Module):
    """Reads the source, in one or two directions, by the configured packing."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        super().__init__()
        self._config = config
        check_vocabulary(config, vocabulary)
        if config.embedding == "one_hot":
            self.embedding: OneHot | nn.Embedding = OneHot(vocabulary)
            size = vocabulary - FIRST_LETTER
        else:
            self.embedding = nn.Embedding(vocabulary, config.embedding_size)
            size = config.embedding_size
        self.prelayers = PreLayers(config, size)
        size = self.prelayers.output_size
        if config.pyramid:
            self.pyramid = Pyramid(config, config.pyramid, size)
        else:
            self.cell = config.make_cell(size, layers=config.layers, bidirectional=config.bidirectional)
        self.bridges = Bridges(config)

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, State]:
        """source (B,S), lengths (B,) on the CPU -> values (B,S',C), their lengths (S' is S without a pyramid), and the
        decoder's first state (layers,B,H) each."""
        mask = mask_from_lengths(lengths, source.size(1), source.device)
        # Without pre-layers the recurrence takes the tokens and looks them up itself: see `fast_path`.
        inputs: Tensor = source
        table = table_of(self.embedding)
        if len(self.prelayers):
            inputs, table = self.prelayers(self.embedding(source), mask), None
        elif table is None:
            inputs = self.embedding(source)
        if self._config.pyramid:
            values, lengths, state = self.pyramid(inputs, lengths, table)
        else:
            outputs, state = PACKINGS[self._config.packing](self.cell, inputs, lengths, table)
            values = merge_directions(outputs, self._config)
        return values, lengths, self.bridges(state)
