"""Settings: defaults, variables, flags, and what is refused."""

from __future__ import annotations

from dataclasses import fields

import pytest

from server.config import _RANGES, _READERS, ConfigError, ServerConfig


def test_defaults_stand_without_any_environment() -> None:
    config = ServerConfig.from_environment({})
    assert config == ServerConfig()
    assert config.host == "127.0.0.1"
    assert config.worker_count >= 1


def test_flags_beat_variables_and_variables_beat_defaults() -> None:
    environment = {"LOADSTONE_PORT": "7000", "LOADSTONE_QUEUE_LENGTH": "9", "LOADSTONE_PRELOAD_ENGINES": "off"}
    config = ServerConfig.from_environment(environment, port=0, queue_length=None)
    assert (config.port, config.queue_length, config.preload_engines) == (0, 9, False)


def test_variables_of_others_are_left_alone() -> None:
    assert ServerConfig.from_environment({"LOADSTONE_SIZE_LIMITS": "?", "PORT": "1"}) == ServerConfig()


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("LOADSTONE_PORT", "http"),
        ("LOADSTONE_PORT", "65536"),
        ("LOADSTONE_WORKER_COUNT", "0"),
        ("LOADSTONE_GRACE_SECONDS", "nan"),
        ("LOADSTONE_GRACE_SECONDS", "-1"),
        ("LOADSTONE_PRELOAD_ENGINES", "perhaps"),
        ("LOADSTONE_LOG_LEVEL", "loud"),
        ("LOADSTONE_EXECUTOR", "cloud"),
        ("LOADSTONE_EXECUTOR", "ray:"),
        ("LOADSTONE_WORKER_MEMORY_LIMIT_MIB", "100"),
    ],
)
def test_bad_values_are_refused_by_name(variable: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"(?i){variable.removeprefix('LOADSTONE_')}"):
        ServerConfig.from_environment({variable: text})


def test_no_memory_limit_is_none_not_zero() -> None:
    assert ServerConfig(worker_memory_limit_mib=0).worker_memory_limit_bytes is None
    assert ServerConfig(worker_memory_limit_mib=1024).worker_memory_limit_bytes == 2**30


def test_every_setting_but_the_size_limits_can_come_from_the_environment() -> None:
    names = {setting.name for setting in fields(ServerConfig)}
    assert names - _READERS.keys() == {"size_limits"}
    assert _RANGES.keys() < names


def test_every_setting_that_is_wrong_is_told() -> None:
    wrong = {"LOADSTONE_WORKER_COUNT": "0", "LOADSTONE_LOG_LEVEL": "loud", "LOADSTONE_GRACE_SECONDS": "-1"}
    with pytest.raises(ConfigError) as caught:
        ServerConfig.from_environment(wrong)
    told = str(caught.value).split("; ")
    assert [part.split()[0] for part in told if " is " in part] == ["worker_count", "grace_seconds", "log_level"]
