"""A conformance check by the start of its text."""

from collections.abc import Callable


def chosen(checks: dict[str, Callable[..., None]], start: str) -> Callable[..., None]:
    """The check whose text starts like this."""
    (check,) = [check for text, check in checks.items() if text.startswith(start)]
    return check
