"""The suites: each times candidates that compute the same function, or different models that do the same task.

bench_encoder    the packings of the encoder: packed, padded, padded_exact
bench_scores     the attention scores
bench_decoder    decoding a given target step by step, or all steps in parallel
bench_greedy     greedy decoding
bench_training   training steps of complete models
bench_metric     the Levenshtein accuracy, against the evaluation that it is part of
bench_study      training steps and greedy decoding of the arms of a study, `--of DIR`
own_pairs        the cases of the user's own pairs
shared           batches with a given fraction of padding, cases, and the check for a compiler
"""
