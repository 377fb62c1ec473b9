"""Fast paths for a CPU, on plain tensors. Only `seq2seq_core.layers.fast_path` imports them; the model computes the
same function without them.

recurrence            a cell of any depth in one or two directions, with its backward pass
attention_recurrence  a cell whose attention runs before each step, with its backward pass
alignment/            the alignments of known queries, each of which depends on the one before
cell_step             one step of a cell, for greedy decoding
cells/                what these loops need to know of a cell
energies/             the energies of queries and keys, and their gradients
products              matrix products by oneDNN, for the loops and for linear layers
packed_layout         the order in which the kernels visit a padded batch
compiled              a formula compiled by torch.compile
"""
