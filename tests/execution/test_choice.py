"""Names of executors."""

from __future__ import annotations

import pytest

from optimizer.execution.choice import ExecutorChoice


@pytest.mark.parametrize(
    ("name", "choice"),
    [
        ("local", ExecutorChoice(False)),
        ("ray", ExecutorChoice(True)),
        ("ray:10.0.0.5:6379", ExecutorChoice(True, "10.0.0.5:6379")),
        ("ray:auto", ExecutorChoice(True, "auto")),
        ("ray:ray://head:10001", ExecutorChoice(True, "ray://head:10001")),
    ],
)
def test_names_that_are_known(name: str, choice: ExecutorChoice) -> None:
    assert ExecutorChoice.read(name) == choice


@pytest.mark.parametrize("name", ["", "Ray", "ray:", "local:1", "rayon", "inline"])
def test_other_names_are_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ValueError, match="choose local, ray or ray:ADDRESS"):
        ExecutorChoice.read(name)
