"""How fast: pytest-benchmark suites in which every candidate is timed beside a baseline."""
