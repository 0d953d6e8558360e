"""The bound goes on rising in a thread of its own while plans are searched; whoever searches collects what it proves.

One thread alone tells the caller of plans and bounds, so proofs are handed over, newest first, and not reported from here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress

from optimizer.engines.price.bound.certificate import CertifiedPoint
from optimizer.interrupt import Interrupted


class BoundBeside:
    """Runs ``proofs`` until they end or ``stop``; every proof is to be better than the one before."""

    def __init__(self, proofs: Iterator[CertifiedPoint], ended: Callable[[], None]) -> None:
        """``ended`` makes ``proofs`` end soon."""
        self._proofs, self._ended = proofs, ended
        # put in by the one thread and taken out by the other, each in one step: no proof is lost between two
        self._latest: deque[CertifiedPoint] = deque(maxlen=1)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="bound")
        self._thread.start()

    @property
    def going_on(self) -> bool:
        return self._thread.is_alive()

    def collect(self) -> CertifiedPoint | None:
        """The newest proof, once; raises what ended the thread, if anything went wrong."""
        if self._error is not None:
            raise self._error
        return self._latest.pop() if self._latest else None

    def stop(self) -> CertifiedPoint | None:
        """Ends the thread; the last proof."""
        self._ended()
        self._thread.join()
        return self.collect()

    def _run(self) -> None:
        try:
            with suppress(Interrupted):
                for proof in self._proofs:
                    self._latest.append(proof)
        except BaseException as error:
            self._error = error
