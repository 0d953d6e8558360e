"""What holds for every test: where its random examples come from."""

from tests.profiles import register_profiles

register_profiles()
