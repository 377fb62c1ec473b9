"""The same work done by other libraries, joeynmt and eole, and by plain torch: `nox -s peers`, in its own environment.

compare          the fixture `compare_with_peer`: times and memory of both sides
aims             how many times as long the other side should take at least
shared           configurations, batches and the training step that both sides use
models           the models that ours is compared with
bench_training   training steps, against joeynmt and eole
bench_greedy     greedy decoding, against joeynmt
bench_alignment  scores that use the previous alignment, against the path step by step
bench_encoder    padded_exact, against torch's packed sequences
bench_scoring    additive energies, against the plain formula
bench_metric     the Levenshtein accuracy, against the evaluation that it is part of
test_same        with equal weights, the models of the peers compute what ours computes
conftest         leaves the suites out where the peers are not installed
"""
