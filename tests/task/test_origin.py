"""The header that tells which record a result is of (foreign.sinks.origin.headers)."""

import pytest

from kstream_cli import StreamsBuilder, TopologyTestDriver
from kstream_cli.errors import TopologyError
from kstream_cli.task.origin import ORIGIN_HEADER

TELLING = {"foreign.sinks.origin.headers": "true"}


def origins(driver, topic="out", cluster="eu"):
    records = driver.output(topic, cluster=cluster).read_records()
    return [dict(record.headers).get(ORIGIN_HEADER) for record in records]


def words(cluster="eu"):
    builder = StreamsBuilder()
    split = builder.stream("lines", key=str, value=str, cluster="east").flat_map_values(str.split)
    split.to("out", key=str, value=str, cluster=cluster)
    return builder


def test_each_result_of_a_record_has_a_number_of_its_own():
    with TopologyTestDriver(words(), TELLING) as driver:
        driver.input("lines").pipe([("k", "a b"), ("k", "c")])
        assert origins(driver) == [b"east:lines/0/0/0", b"east:lines/0/0/1", b"east:lines/0/1/0"]


def test_headers_of_the_record_are_kept():
    with TopologyTestDriver(words(), TELLING) as driver:
        driver.input("lines").pipe(("k", "a"), headers=(("h", b"1"),))
        [record] = driver.output("out").read_records()
    assert record.headers == (("h", b"1"), (ORIGIN_HEADER, b"east:lines/0/0/0"))


def test_results_for_home_have_no_such_header():
    with TopologyTestDriver(words(cluster=None), TELLING) as driver:
        driver.input("lines").pipe(("k", "a"))
        assert origins(driver, cluster=None) == [None]


def test_without_the_setting_nothing_is_added():
    with TopologyTestDriver(words()) as driver:
        driver.input("lines").pipe(("k", "a"))
        assert origins(driver) == [None]


def test_topics_of_one_name_in_one_task_are_refused():
    builder = StreamsBuilder()
    both = builder.stream("lines", key=str, value=str).merge(
        builder.stream("lines", key=str, value=str, cluster="east")
    )
    both.to("out", key=str, value=str, cluster="eu")
    with pytest.raises(TopologyError, match="cannot tell records of east:lines from those of lines"):
        TopologyTestDriver(builder, TELLING)
