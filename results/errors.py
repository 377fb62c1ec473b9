"""Errors that a user can mend, and the reason of any error, in one line."""

from __future__ import annotations


class InputError(ValueError):
    """An input is wrong. The message is one line: what, where, and what would be right."""


def reason_of(error: BaseException) -> str:
    """The reason in one line, never empty: the system's message, the error's message, or the error's name."""
    # str() of an OSError with a file name but no errno is "[Errno None] None".
    words = error.strerror or " ".join(map(str, error.args)) if isinstance(error, OSError) else str(error)
    return words.strip().partition("\n")[0] or type(error).__name__


def file_trouble(error: BaseException) -> str:
    """The reason, with the file that the error names, if it names one."""
    file = error.filename if isinstance(error, OSError) else None
    return f"{file}: {reason_of(error)}" if file else reason_of(error)
