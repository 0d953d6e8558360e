"""Whoever catches the base catches everything raised on purpose; messages say what and where."""

from __future__ import annotations

import pickle

import pytest

from optimizer.errors import (
    EngineUnavailableError,
    InvalidProblemError,
    LoadstoneError,
    UnsupportedFeatureError,
    VerificationError,
    Violation,
    WorkerError,
)

WRONG = (Violation("jobs[0].value", "OUT_OF_RANGE", "value is nan"), Violation("sites", "MISSING", "sites is empty"))


@pytest.mark.parametrize("kind", [InvalidProblemError, UnsupportedFeatureError, VerificationError])
def test_violations_are_kept_and_all_told(kind: type[InvalidProblemError | VerificationError]) -> None:
    error = kind(violation for violation in WRONG)
    assert isinstance(error, LoadstoneError)
    assert error.violations == WRONG
    assert str(error) == "jobs[0].value: value is nan [OUT_OF_RANGE]\nsites: sites is empty [MISSING]"


def test_an_unavailable_engine_says_which_and_why() -> None:
    error = EngineUnavailableError("gurobi", "no licence")
    assert (error.engine, error.detail) == ("gurobi", "no licence")
    assert str(error) == "engine 'gurobi' is not available: no licence"
    assert isinstance(error, LoadstoneError)


def test_a_refused_feature_is_a_wrong_input_and_a_failed_check_is_not() -> None:
    assert issubclass(UnsupportedFeatureError, InvalidProblemError)
    assert not issubclass(VerificationError, InvalidProblemError)
    assert issubclass(WorkerError, LoadstoneError)


def test_violations_cross_processes() -> None:
    assert pickle.loads(pickle.dumps(WRONG)) == WRONG
