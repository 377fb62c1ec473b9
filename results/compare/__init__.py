"""What changed between two folders of rows, and whether something got worse.

folders     compares two folders
comparable  which folders can be compared
changes     a change, and the output
provenance  differences in commit, machine, versions and settings
sessions    an earlier session of the benchmarks beside the one that its folder holds
rows        missing and new rows, and runs that are no longer done
row_keys    what identifies a row in both folders
study       verdicts, and accuracies of the arms on the same seeds
commits     the times of two commits, measured side by side
timing      ratios of times, and aims beside other libraries
"""

from results.compare.commits import compare_commits
from results.compare.folders import Compared, compare_folders, compare_with_last

__all__ = ["Compared", "compare_commits", "compare_folders", "compare_with_last"]
