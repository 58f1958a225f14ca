"""Several threads at the same work."""

from __future__ import annotations

import threading
from collections.abc import Callable


def side_by_side(work: Callable[[int], None], count: int = 4) -> None:
    """Call ``work`` with each number below ``count``, each in a thread of its own; raise the first
    error of any."""
    errors: list[BaseException] = []

    def one(k: int) -> None:
        try:
            work(k)
        except BaseException as error:
            errors.append(error)
    threads = [threading.Thread(target=one, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
