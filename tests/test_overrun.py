"""An engine that does not stop is left behind; a process that ends waits for it rather than tear it down while it runs."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from optimizer.overrun import run_until_stopped

LEFT_BEHIND = """
import threading
import time
from optimizer.overrun import run_until_stopped
main_ended = threading.Event()
def engine():
    main_ended.wait()
    time.sleep(0.5)
    print("engine ended", flush=True)
assert run_until_stopped(engine, lambda: True) is None
print("main ended", flush=True)
main_ended.set()
"""


def test_a_process_waits_at_its_end_for_an_engine_left_behind() -> None:
    done = subprocess.run([sys.executable, "-c", LEFT_BEHIND], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["main ended", "engine ended"]), done.stderr


def test_what_ends_in_time_is_returned_or_raised() -> None:
    assert run_until_stopped(lambda: 7, lambda: False) == 7
    with pytest.raises(ZeroDivisionError):
        run_until_stopped(lambda: 1 // 0, lambda: False)


def test_one_that_is_cancelled_is_left_behind_whether_or_not_its_time_is_over() -> None:
    ends = threading.Event()
    assert run_until_stopped(ends.wait, lambda: False, lambda: True) is None
    assert run_until_stopped(ends.wait, lambda: True, lambda: True) is None
    ends.set()
