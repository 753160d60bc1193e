"""A filter looks at a record and compares; it can do nothing else."""

from dataclasses import dataclass

import pytest

from kstream_cli.errors import ConfigError
from kstream_cli.operations.record_filter import RecordFilter


@dataclass
class Order:
    amount: int


@pytest.mark.parametrize(
    ("expression", "value", "expected"),
    [
        ("value.amount > 10", {"amount": 20}, True),
        ("value.amount > 10", Order(5), False),
        ("value.startswith('/docs')", "/docs/a", True),
        ("value['amount'] in [1, 20]", {"amount": 20}, True),
        ("key == null and len(value) == 2", "ab", True),
        ("value.amount > 10", "text without fields", False),
        ("value > 10", "text", False),
    ],
)
def test_a_record_is_compared(expression, value, expected):
    assert RecordFilter(expression).matches(key=None, value=value) is expected


@pytest.mark.parametrize(
    "expression", ["value.__class__", "open('/etc/passwd')", "__import__('os')", "valu > 1", "value >"]
)
def test_what_is_no_comparison_of_a_record_is_refused(expression):
    with pytest.raises(ConfigError, match="the filter"):
        RecordFilter(expression).matches(key="k", value="v")


def test_an_endless_computation_matches_nothing():
    assert RecordFilter("9 ** 9 ** 9 ** 9 > 1").matches(key="k", value=1) is False
