"""Ablation studies: declared, planned, run by Optuna, and exported as tables and a report.

    recipes       what a training is made of beyond its settings, such as the article's slips
    design        what a study is: arms, factors, profiles, tuning
    catalog       the studies, one per file
    sources       where a study comes from: the catalog, a file anywhere, a module, an installed package
    planning      from a study to its runs
    trackers      what follows a training from outside: TensorBoard, MLflow
    training      trains one run, without a storage or a folder
    engine        trains the runs of a plan on one machine or many, and resumes after interruptions
    cluster       trains them on the nodes of a Dask cluster
    models        the trained models that a study keeps: predictions, attention weights
    commands      what the commands of studies do, such as `retrograde run`
    measurements  how much time the engine takes, and how it grows with a study
    command_line  these commands on the command line: options, help, errors

Each folder imports only folders above it in this list. README.md shows how a study goes from its file to its report.
"""

PROFILES = ("smoke", "quick", "full")
"""How much of a study is run; on two cores: within 1 minute, within 10 minutes, without a limit."""
DEFAULT_PROFILE = "quick"
MAX_SEEDS = 10_000
"""Seeds per arm: a thousand times what a verdict needs, and still planned in seconds."""
LARGEST_SEED = 999_999
"""Of a reported run; the seeds of tuning runs are larger."""
