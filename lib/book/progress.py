"""Progress bars for loops that take a while."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

from lib.book.mode import is_static

Item = TypeVar("Item")


def progress(
    iterable: Iterable[Item], description: str, total: int | None = None
) -> Iterable[Item]:
    """Give the items back one by one behind a progress bar, in the terminal and in a notebook.

    The bar goes away at the end. While outputs are stored there is none. `total` is the number of
    items, needed where `len(iterable)` does not work.
    """
    if is_static():
        return iterable
    return tqdm(iterable, desc=description, total=total, leave=False)
