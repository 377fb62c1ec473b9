"""The error of every file that cannot be used."""


class DataError(ValueError):
    """A file that is missing, cannot be read, or has a row that is refused. The message is one line: the file, the line
    number, what is wrong, and what would be right."""
