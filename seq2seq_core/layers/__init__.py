"""The building blocks of a model that a configuration can name.

cells      the recurrent cells: gru, lstm, rnn
packing    the ways to run a cell over sequences of unequal length: packed, padded, padded_exact
scores/    the attention scores, a family a file
linear     a linear layer with the products of `fast_path`
feeding    scheduled sampling: how forcing decays, what a draw covers, what is fed instead
losses     the cross-entropy of tokens, and that of sequences
fast_path  the choice between a CPU kernel and the plain path
"""
