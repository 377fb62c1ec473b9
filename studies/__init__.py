"""How good: declared ablations, planned, run by Optuna and exported as tables.

A study (`design`) is a file in `catalog`. `planner` expands it into runs, `storage` and `queue` keep them in an Optuna
database, `worker` takes them one by one to `objective`, which trains, and `commands` is what `python -m studies` does.
"""

PROFILES = ("smoke", "quick", "full")
"""How long a study may take on two cores: within 1 minute, within 10 minutes, as long as it needs."""
MOST_SEEDS = 10_000
"""Seeds per arm: a thousand times what a verdict needs, and still planned in seconds."""
