"""The energies of queries and keys, and their gradients.

step              those of one step's queries, dot products or additive, for loops over steps
tiled             additive energies of many queries, in tiles that fit a cache
factored_sigmoid  sigmoids of sums from exponentials of the summands
"""
