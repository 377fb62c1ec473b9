"""Tables, statistics, figures and reports. A report is a pure function of a folder of rows.

    from results import plot_attention

is imported at its first use: `import results` alone is cheap.

tables/      the CSV tables and provenance.json: columns, reading, writing, checks
statistics/  intervals, paired tests, verdicts
analysis/    from rows to metrics, comparisons and summaries
figures/     matplotlib figures
page/        a report as Markdown and HTML
report/      what a report says of a study, the benchmarks, and so on
compare/     changes from one folder of rows to another
validity/    the error rates of the rule for verdicts, on simulated studies
terminal/    command lines: arguments, exit status, signals, progress bars
commands     the commands of results, such as `retrograde report`
cores        the number of usable cores
errors       InputError, and the reason of an error in one line
text         plurals, durations and the values of settings
load         the load of other processes during a measurement
__main__     `python -m results`
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results.figures.attention import plot_attention

__all__ = ["plot_attention"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from results.figures import plot_attention

    return plot_attention
