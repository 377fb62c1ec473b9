"""What holds for every score, cell, task and recipe, of this project or from outside.

Each module has a table of checks by what they show; a check takes the name of a part, and raises AssertionError, in one
line, if the part fails it. The tests of this project run them over the registries, `retrograde check-parts FILE` over
the parts of a file. A formula is not checked: compare a part with its own, in NumPy, in a test.

requirements  requirements with clear messages
initial_values  what a constructor sets, and what a training starts with
scores        shapes, gradients, one step and many, padding, kernels
cells         packings, states, directions, gradients
tasks         sources and targets, expected alignments, repeatability
recipes       metrics, repeatability, checkpoints
trained       small models with a part: training and decoding, on both paths
"""
