import pytest

from kstream_cli import Config, ConfigError, Topology, TopologyError
from kstream_cli.config.offset_reset import OffsetReset, offset_reset

HOUR = 3_600_000


@pytest.mark.parametrize(
    ("text", "reset"),
    [
        ("earliest", OffsetReset("earliest")),
        ("Latest", OffsetReset("latest")),
        ("none", OffsetReset("none")),
        ("largest", OffsetReset("latest")),
        ("by_duration:PT1H", OffsetReset("by_duration", HOUR)),
        ("by_duration:pt1h", OffsetReset("by_duration", HOUR)),
        ("by_duration:P1DT2H3M4.5S", OffsetReset("by_duration", 26 * HOUR + 3 * 60_000 + 4_500)),
        ("by_duration:P2D", OffsetReset("by_duration", 48 * HOUR)),
        ("by_duration:PT-1H+61M", OffsetReset("by_duration", 60_000)),
        ("by_duration:-PT-1H", OffsetReset("by_duration", HOUR)),
        ("by_duration:PT0S", OffsetReset("by_duration", 0)),
    ],
)
def test_a_policy_is_read_as_java_reads_it(text, reset):
    assert offset_reset(text) == reset


WRONG = ["", "erliest", "by_duration", "by_duration:", "by_duration:P", "by_duration:PT", "by_duration:1H"]
WRONG += ["by_duration:P1Y", "by_duration:P1DT", "by_duration:-PT1H", "by_duration:PT1H ago"]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_policy_is_refused_in_the_configuration_and_in_a_topology(text):
    with pytest.raises(ConfigError, match=r"^auto\.offset\.reset: "):
        Config.from_mapping({"consumer.auto.offset.reset": text})
    with pytest.raises(TopologyError, match=r"source .*: offset_reset "):
        Topology().add_source("read", "in", key=str, value=str, offset_reset=text)


def test_a_duration_keeps_its_case():
    assert Config.from_mapping({"auto.offset.reset": "by_duration:PT1H"}).auto_offset_reset == "by_duration:PT1H"


@pytest.mark.parametrize("key", ["max.poll.interval.ms", "consumer.max.poll.records", "transaction.timeout.ms"])
@pytest.mark.parametrize("value", ["abc", "0", -1, "1.5", True])
def test_a_number_that_kstream_reads_for_a_client_is_checked(key, value):
    with pytest.raises(ConfigError, match="is not a whole number above 0"):
        Config.from_mapping({key: value})
