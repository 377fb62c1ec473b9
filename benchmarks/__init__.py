"""Speed: pytest-benchmark suites that time each candidate against a baseline, and a comparison with other libraries.

A folder may import the ones above it in this list; README.md explains how to run and extend the suites.

output_folder    checks that a table is not replaced by a smaller one
timing/          interleaved rounds, their number, peak memory
roofline/        the work that a case requires, and the peak rates of the machine
session/         a pytest session: profiles, fixture, journal of finished rows, tables
suites/          what is timed: encoders, scores, decoders, greedy decoding, training steps, the metric
peers/           the same work done by joeynmt and eole
commits/         two commits of the project timed against each other
growth/          how the time of a training step grows with its sizes
commands/        the commands `retrograde bench`, `peers`, `scaling-steps` and `check`
conftest         pytest options, devices, and the fixture `compare`
"""

DEFAULT_PROFILE = "quick"
