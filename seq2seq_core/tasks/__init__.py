"""What a model can be trained to write. A task is one class in a file of this folder, with its name in the class line.

base         Task, and the registry TASKS
copy         "abcd" -> "abcd"
dedupe       "aabbba" -> "aba"
pairs        the user's own pairs of source and target
recopy       "abc" -> "abbbccccc"
reduplicate  "abc" -> "abcabc", or "cbacba"
reverse      "abcd" -> "dcba"
"""

import importlib
import pkgutil

from seq2seq_core.tasks.base import TASKS, Task

__all__ = ["TASKS", "Task"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
