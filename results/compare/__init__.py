"""What changed between two folders of rows, and whether something got worse."""

from results.compare.folders import Compared, compare_folders

__all__ = ["Compared", "compare_folders"]
