"""Random examples come from the profiles alone, or a run could differ from the one before."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import settings

from tests.profiles import examples

HERE = Path(__file__).parent


def test_no_test_draws_by_settings_of_its_own() -> None:
    of_profiles = re.compile(r"\bsettings(\.\w+)?\([^)]*\b(derandomize|deadline|database|max_examples)=")
    own = {path.name for path in HERE.rglob("*.py") if of_profiles.search(path.read_text(encoding="utf-8"))}
    assert own == {"profiles.py"}


def test_a_profile_scales_what_a_test_tries() -> None:
    asked = examples(6)
    assert asked.max_examples == 6 * settings.default.max_examples // 100
    assert asked.derandomize == settings.default.derandomize
    assert asked.deadline is None
