"""Waiting for what other processes do, by asking again."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(is_so: Callable[[], bool], limit: float = 40.0) -> bool:
    """Whether it came true within `limit` seconds."""
    deadline = time.monotonic() + limit
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
