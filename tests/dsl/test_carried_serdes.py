import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver


def test_a_step_without_a_serde_of_its_own_keeps_the_one_from_before_it():
    builder = StreamsBuilder()
    (
        builder.stream("lines", key=str, value=str)
        .flat_map_values(str.split)
        .group_by(lambda key, word: word)
        .count(store="counts")
        .to_stream()
        .to("word-counts", value=int)
    )
    with TopologyTestDriver(builder) as driver:
        driver.input("lines").pipe("a b a")
        assert driver.output("word-counts").read() == [("a", 1), ("b", 1), ("a", 2)]


@pytest.mark.parametrize("part", ["key", "value"])
def test_a_configured_default_goes_before_a_serde_from_upstream_as_in_java(part):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).map(lambda key, value: (int(key), int(value))).to("out")
    config = {f"default.{name}.serde": int for name in ("key", "value")}
    with TopologyTestDriver(builder, config) as driver:
        driver.input("in").pipe([("1", "2")])
        sent = driver.produced[-1]
        assert getattr(sent, part) == {"key": 1, "value": 2}[part].to_bytes(8, "big")
