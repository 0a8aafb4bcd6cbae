"""Whether outputs are being stored for the page, or shown to a live reader."""

import os


def is_static() -> bool:
    """Return True while outputs are stored or compared: `LIB_STATIC=1`.

    Then there are no widgets, no progress bars and nothing that changes after it was drawn.
    """
    return os.environ.get("LIB_STATIC", "") == "1"
