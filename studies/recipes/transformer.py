"""The recipe `transformer`: the encoder and the decoder of Vaswani et al. 2017, "Attention Is All You Need", by torch.

    source tokens (B,S)  -> embeddings + positions -> encoder layers -> values (B,S,H)
    target tokens (B,T)  -> embeddings + positions -> decoder layers, which attend to the values -> logits (B,T,V)

Everything around them is that of the recurrent models: batches, loss, boundary tokens, greedy decoding, metrics. Of the
settings of ModelConfig, `hidden_size` (H), `layers`, `dropout` and `boundaries` are used, and those that belong to
another kind of network are refused or, as `cell`, `packing`, `bridge` and `embedding_size`, not read.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from seq2seq_core.config import ConfigError, ModelConfig, TaskConfig, TrainConfig
from seq2seq_core.layers.cells import State
from seq2seq_core.layers.linear import Linear
from seq2seq_core.model.attention import Memory
from seq2seq_core.model.decoder import Carry, Decoder, Step
from seq2seq_core.model.encoder import Encoder
from seq2seq_core.model.seq2seq import Seq2Seq
from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.recipe import Recipe

HEADS, WIDENING = 4, 4
"""Attention heads; channels of the layer inside a feed-forward network, over H (4 as in the paper)"""
NEUTRAL = ("score", "embedding", "bidirectional", "pyramid", "dense_layers", "conv_layers")
"""Settings of parts that the network does not have. Each must be none, false or zero, or `learnt` for the embedding."""


class TransformerRecipe(Recipe, name="transformer"):
    """Encoder and decoder are a Transformer; the rest of a training is the plain one."""

    unread = ("cell", "packing", "bridge", "embedding_size")

    def check(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> None:
        plain = ModelConfig(score=None)
        for name in NEUTRAL:
            expected, value = getattr(plain, name), getattr(config, name)
            if value != expected:
                raise ConfigError(
                    f"ModelConfig.{name}: {value!r} is refused; expected {expected!r} with the recipe 'transformer'"
                )
        if config.hidden_size % (2 * HEADS):
            raise ConfigError(
                f"ModelConfig.hidden_size: {config.hidden_size} is refused; expected a multiple of {2 * HEADS} with "
                f"the recipe 'transformer', which has {HEADS} heads"
            )
        if training.free_steps:
            raise ConfigError(
                f"TrainConfig.forcing: {training.forcing} with the decay {training.forcing_decay!r} is refused; "
                "expected 1 and 'constant', as the recipe 'transformer' is trained by teacher forcing"
            )

    def model(self, config: ModelConfig, task: TaskConfig, training: TrainConfig) -> Seq2Seq:
        model = super().model(config, task, training)
        model.encoder = TransformerEncoder(config, task.vocabulary)
        model.decoder = TransformerDecoder(config, task.vocabulary)
        return model


class TransformerEncoder(Encoder):
    """The interface of `Encoder`, by layers of self-attention."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        nn.Module.__init__(self)
        size = config.hidden_size
        self.embedding = nn.Embedding(vocabulary, size)
        layer = nn.TransformerEncoderLayer(size, HEADS, WIDENING * size, config.dropout)
        self.layers = nn.TransformerEncoder(layer, config.layers, nn.LayerNorm(size), enable_nested_tensor=False)

    def forward(self, source: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, State]:
        """source (B,S), lengths (B,) on the CPU -> values (B,S,H), the lengths, and no state."""
        padding = ~mask_from_lengths(lengths, source.size(1), source.device)
        # Positions come first in torch's layers. With the batch first, they allocate (S,S) weights without gradients.
        values = self.layers(embed(self.embedding, source).transpose(0, 1), src_key_padding_mask=padding)
        return values.transpose(0, 1), lengths, ()


class TransformerDecoder(Decoder):
    """The interface of `Decoder`, by layers of causal self-attention and attention to the encoder's values."""

    def __init__(self, config: ModelConfig, vocabulary: int) -> None:
        nn.Module.__init__(self)
        size = config.hidden_size
        self.score = None  # its weights are not recorded: there are several a layer
        self.embedding = nn.Embedding(vocabulary, size)
        layer = nn.TransformerDecoderLayer(size, HEADS, WIDENING * size, config.dropout)
        self.layers = nn.TransformerDecoder(layer, config.layers, nn.LayerNorm(size))
        self.output = Linear(size, vocabulary)

    def precompute_memory(self, values: Tensor, mask: Tensor) -> Memory:
        return Memory(values, values, mask)

    def start(self, state: State) -> Carry:
        return Carry(state)

    def forward(self, tokens: Tensor, carry: Carry, memory: Memory | None, lengths: Tensor | None = None) -> Tensor:
        """tokens (B,T), all known beforehand -> logits (B,T,V). Each position sees those up to it."""
        assert memory is not None
        features = self.layers(
            embed(self.embedding, tokens).transpose(0, 1),
            memory.values.transpose(0, 1),
            tgt_mask=nn.Transformer.generate_square_subsequent_mask(tokens.size(1), tokens.device, memory.values.dtype),
            memory_key_padding_mask=~memory.mask,
            tgt_is_causal=True,
        )
        logits: Tensor = self.output(features.transpose(0, 1))
        return logits

    def token_step(self, memory: Memory | None, carry: Carry) -> Step:
        """The last position of `forward` over all tokens so far. Keys and values of earlier positions are kept."""
        assert memory is not None
        mask, position = memory.mask[:, None, None], 0
        layers = [LayerStep(layer, memory.values, mask) for layer in self.layers.layers]

        def step(tokens: Tensor) -> tuple[Tensor, None]:
            nonlocal position
            features = embed(self.embedding, tokens, position)  # (B,1,H)
            for layer in layers:
                features = layer.step(features, position)
            position += 1
            assert self.layers.norm is not None
            return self.output(self.layers.norm(features)), None

        return step


class LayerStep:
    """One layer of a decoder, one position at a time, without gradients and dropout.

    y = norm(x + self-attention)    z = norm(y + attention to the memory)    z' = norm(z + feed-forward of z)
    """

    def __init__(self, layer: nn.TransformerDecoderLayer, values: Tensor, mask: Tensor) -> None:
        """values (B,S,H) of the memory; mask (B,1,1,S)."""
        self._layer, self._mask = layer, mask
        _, keys, values = _project(layer.multihead_attn, values)
        self._memory = keys.contiguous(), values.contiguous()  # (B,heads,S,H / heads) each
        self._known = [part.new_empty(*part.shape[:2], 0, part.size(3)) for part in self._memory]

    def step(self, inputs: Tensor, position: int) -> Tensor:
        """x (B,1,H) at the next position -> z' (B,1,H)."""
        layer = self._layer
        query, *new = _project(layer.self_attn, inputs)
        if position == self._known[0].size(2):  # full: twice the positions, so that copies take little time
            grown = [part.new_empty(*part.shape[:2], 2 * position + 16, part.size(3)) for part in self._known]
            for buffer, part in zip(grown, self._known, strict=True):
                buffer[:, :, :position] = part
            self._known = grown
        for buffer, part in zip(self._known, new, strict=True):
            buffer[:, :, position : position + 1] = part
        keys, values = (part[:, :, : position + 1] for part in self._known)
        known: Tensor = layer.norm1(inputs + _attend(layer.self_attn, query, keys, values, None))
        query, *_ = _project(layer.multihead_attn, known)
        read: Tensor = layer.norm2(known + _attend(layer.multihead_attn, query, *self._memory, self._mask))
        outputs: Tensor = layer.norm3(read + layer.linear2(functional.relu(layer.linear1(read))))
        return outputs


def embed(embedding: nn.Module, tokens: Tensor, first: int = 0) -> Tensor:
    """tokens (B,T) at the positions from `first` on -> embeddings times sqrt(H), plus the sinusoids of the paper's
    section 3.5: sin(t / 10000^(2 i / H)) and the cosine in channels 2 i and 2 i + 1, (B,T,H)."""
    embedded: Tensor = embedding(tokens)
    size = embedded.size(-1)
    rates = torch.exp(torch.arange(0, size, 2).to(embedded) * (-math.log(1e4) / size))
    angles = torch.arange(first, first + tokens.size(1)).to(embedded).unsqueeze(1) * rates  # (T,H / 2)
    return embedded * math.sqrt(size) + torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)


def _project(attention: nn.MultiheadAttention, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """inputs (B,T,H) -> queries, keys and values (B,heads,T,H / heads) each."""
    joint = functional.linear(inputs, attention.in_proj_weight, attention.in_proj_bias)  # (B,T,3 H)
    query, key, value = joint.view(*inputs.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4)
    return query, key, value


def _attend(
    attention: nn.MultiheadAttention, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None
) -> Tensor:
    """query (B,heads,1,H / heads), keys and values (B,heads,S,H / heads) -> the result of all heads (B,1,H)."""
    attended = functional.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
    joined: Tensor = attention.out_proj(attended.transpose(1, 2).flatten(2))
    return joined
