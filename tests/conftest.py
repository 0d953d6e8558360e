"""What holds for every test: where its random examples come from, and where processes leave what they found for each other."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.once import share_in
from tests.profiles import register_profiles

SHARED_FOLDER = pytest.StashKey[TemporaryDirectory[str]]()

register_profiles()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        share_in(Path(config.workerinput["shared_folder"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist: before it starts a process."""
    config: pytest.Config = node.config
    if SHARED_FOLDER not in config.stash:
        config.stash[SHARED_FOLDER] = TemporaryDirectory(prefix="loadstone-tests-")
        config.add_cleanup(config.stash[SHARED_FOLDER].cleanup)
    node.workerinput["shared_folder"] = config.stash[SHARED_FOLDER].name
