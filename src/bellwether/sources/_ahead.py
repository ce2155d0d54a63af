"""Loading the next thing while the one before is being worked on."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def one_ahead(items: Generator[Item, None, None]) -> Iterator[Item]:
    """Yield what a generator does, the next of it being made while one is looked at.

    Parameters
    ----------
    items : generator
        Goes on in a thread of its own, never in two at a time. It is closed in the end.

    Examples
    --------
    >>> list(one_ahead(letter for letter in "abc"))
    ['a', 'b', 'c']
    """
    with ThreadPoolExecutor(1, "bellwether-load") as thread:
        try:
            found = next(items, None)
            while found is not None:
                coming = thread.submit(next, items, None)
                yield found
                found = coming.result()
        finally:
            thread.submit(items.close).result()
