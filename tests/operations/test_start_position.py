"""Where reading begins is said in kcat's letters."""

from datetime import datetime

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.operations.start_position import StartPosition


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beginning", StartPosition("beginning")),
        ("end", StartPosition("end")),
        ("-10", StartPosition("last", 10)),
        ("1234", StartPosition("offset", 1234)),
        ("@1764493200000", StartPosition("time", 1764493200000)),
        ("@2026-11-30T09:00+00:00", StartPosition("time", 1796029200000)),
    ],
)
def test_a_place_is_read(text, expected):
    assert StartPosition.parse(text) == expected


def test_a_time_without_a_zone_is_local():
    local = int(datetime(2026, 11, 30, 9).timestamp() * 1000)
    assert StartPosition.parse("@2026-11-30T09:00") == StartPosition("time", local)


@pytest.mark.parametrize("text", ["", "begin", "@noon", "-", "1.5"])
def test_anything_else_is_refused_with_examples(text):
    with pytest.raises(ConfigError, match="is no "):
        StartPosition.parse(text)
