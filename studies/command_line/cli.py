"""The commands of studies as one command line."""

from __future__ import annotations

from collections.abc import Sequence

from results.terminal.command_line import Group, run_words
from studies.command_line.file_commands import check_parts, describe, new
from studies.command_line.model_commands import align, predict
from studies.command_line.study_commands import list_studies, overhead, run, scaling_runs, show, status, work

EXAMPLES = """
examples:
  retrograde list
  retrograde show attention --profile full
  retrograde run attention
  retrograde run attention --profile smoke --seeds 1 --out /tmp/first-try
  retrograde run attention --set cell=lstm --set learning_rate=0.003
  retrograde run attention --arm none --arm dot --add 'deep: score=dot layers=2' --seeds 3
  retrograde run attention --data pairs.tsv
  retrograde status attention
  retrograde align results/local/attention --example abcd --example dddcba
  retrograde predict results/local/attention abcd dddcba
  retrograde overhead attention --rounds 10 --out results/local/overhead
  retrograde scaling-runs --profile smoke --out results/local/scaling-smoke
  retrograde describe results/local/attention

many machines, one PostgreSQL database (put the password into ~/.pgpass or PGPASSWORD):
  retrograde run attention --profile full --storage postgresql://me@db.example/studies
  retrograde work attention --storage postgresql://me@db.example/studies
  retrograde status attention --storage postgresql://me@db.example/studies

Run the same command again to resume an interrupted study; finished runs are not repeated.
exit status: 0 done; 1 a run failed (see runs.csv); 2 the input is wrong; 130 interrupted."""


studies = Group(
    help="Ablation studies of sequence-to-sequence models, with many seeds.",
    epilog=EXAMPLES,
    commands=[
        list_studies,
        show,
        run,
        work,
        status,
        align,
        predict,
        describe,
        overhead,
        scaling_runs,
        new,
        check_parts,
    ],
)


def main(words: Sequence[str]) -> int:
    """Runs the command and returns the exit status; 2 if the input is wrong."""
    return run_words(studies, ["python", "-m", "studies"], words)
