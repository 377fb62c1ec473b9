"""Fast paths for a CPU, on plain tensors. Only `seq2seq_core.layers.fast_path` imports them; the model computes the
same function without them.

recurrence            a cell of any depth in one or two directions, with its backward pass
attention_recurrence  a cell whose attention runs before each step, with its backward pass
alignment_recurrence  the alignments of known queries, each of which depends on the one before
alignment_moves       the scores shift and one_step; location_energies: the score location, for alignment_recurrence
cell_step             one step of a cell, for greedy decoding
cell_kernel           what recurrence, attention_recurrence and cell_step need to know of a cell
gru lstm rnn          the cells
step_energies         the energies of one step's queries and their gradients, for the two loops over alignments
tiled_energies        additive energies of many queries, in tiles that fit a cache
factored_sigmoid      sigmoids of sums from exponentials of the summands, for the three modules above
products              matrix products by oneDNN, for the loops and for linear layers
packed_layout         the order in which the kernels visit a padded batch
compiled              a formula compiled by torch.compile
freed_memory          memory that is freed stays with the process
"""
