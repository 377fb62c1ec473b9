"""The choice between a kernel and the plain path: the only folder outside `seq2seq_core.kernels` that imports kernels.

Each function computes the same as the plain path of its caller, or returns None where no kernel applies; the caller
then takes the plain path. `disabled()` makes all of them return None.

choice     which cells and alignments have a kernel; switches all kernels off
sequences  the functions for known sequences, with gradients:

    encode             a recurrence over padded sequences           a cell of `KERNELS` on a CPU
    decode             a known target, cell before attention        a cell of `KERNELS` on a CPU
    attend_first       a known target, attention before the cell    a cell of `KERNELS` with one layer on a CPU
    align              alignments of known queries                  a score of `ALIGNMENT_KERNELS` on a CPU
    additive_energies  v . tanh(q + k) of many queries              tiles for a large tensor, or torch.compile
    linear             a linear layer                               oneDNN for a large product in float32 on a CPU

steps      the functions for one step of decoding, without gradients:

    token_step         the cell                                     a cell of `KERNELS` with one layer on a CPU
    align_step         one alignment                                a score of `ALIGNMENT_KERNELS` on a CPU
    align_token_step   `token_step`, `align_step` and the logits    what both of them take
    energies_step      additive energies                            many keys on a CPU

`encode` and `decode` leave an LSTM in float32 to torch where little of its batch is padding, see `MIN_PADDING`.

Where inputs are tokens, they come with the table of embeddings: a kernel projects each row of the table once, however
often its token occurs.
"""

from seq2seq_core.layers.fast_path.choice import (
    ALIGNMENT_KERNELS,
    KERNELS,
    AlignmentTerms,
    EnergyTerms,
    disabled,
    enabled,
)
from seq2seq_core.layers.fast_path.sequences import additive_energies, align, attend_first, decode, encode, linear
from seq2seq_core.layers.fast_path.steps import (
    AlignStep,
    EnergiesStep,
    TokenStep,
    align_step,
    align_token_step,
    energies_step,
    token_step,
)

__all__ = [
    "ALIGNMENT_KERNELS",
    "KERNELS",
    "AlignStep",
    "AlignmentTerms",
    "EnergiesStep",
    "EnergyTerms",
    "TokenStep",
    "additive_energies",
    "align",
    "align_step",
    "align_token_step",
    "attend_first",
    "decode",
    "disabled",
    "enabled",
    "encode",
    "energies_step",
    "linear",
    "token_step",
]
