"""The alignments of known queries, each of which depends on the one before.

recurrence  the loop over steps, with its backward pass
moves       the scores shift and one_step
gated       the score shift_additive
location    the score location
"""
