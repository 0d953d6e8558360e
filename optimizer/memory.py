"""Pauses the cyclic garbage collector while many objects are built at once.

A fleet's jobs are hundreds of thousands of small acyclic objects; each generation-2 pass walks all of them again and finds
nothing, which makes building them several times slower.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: How long what nobody needs any more is kept where freeing it would keep somebody waiting.
FREED_AFTER_SECONDS = 1.0
#: So many objects built since the last collection are a fleet, and stay.
FLEET_OBJECT_COUNT = 200_000


@contextmanager
def collection_paused() -> Iterator[None]:
    """No cyclic collection inside; as it was before on leaving, without a pass over a fleet that was built inside."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if gc.get_count()[0] >= FLEET_OBJECT_COUNT and not gc.get_freeze_count():
                # all that lives joins the oldest generation, unseen: the next pass would take half a second
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def free_later(*things: object) -> None:
    """Keeps ``things`` a moment longer: to free a fleet takes a tenth of a second, for which no answer should wait."""
    keeping = threading.Timer(FREED_AFTER_SECONDS, lambda *_: None, things)
    keeping.name, keeping.daemon = "freeing", True
    keeping.start()
