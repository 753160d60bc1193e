"""Kafka Streams has no public name that the pages do not explain.

`make parity KAFKA=4.5.0` lists what another release has on top.
"""

from __future__ import annotations

import pytest
from apache_kafka import KAFKA, OLDER_KAFKAS
from page_names import explained, metric_names, unexplained

from kstream_cli.config.keys import config_keys

KEYS = {key.name for key in config_keys()}


@pytest.mark.kafka
def test_every_public_name_is_here_or_left_out_with_a_reason(public_names):
    assert len(public_names) > 1_500, "the list of names is not whole"
    assert unexplained(public_names, explained(), KEYS, metric_names()) == []


@pytest.mark.kafka
def test_every_name_on_the_page_is_one_of_java(public_names, pytestconfig):
    if pytestconfig.getoption("--kafka-version", default=KAFKA) in OLDER_KAFKAS:
        pytest.skip("the page is of a newer release, which has more")
    named = {line.split()[1] for line in public_names if line.split()[0] in ("class", "member")}
    pages = explained()
    known = {*pages, *(f"{owner}.{name}" for owner, names in pages.items() for name in names if names != {"all"})}
    assert known - named == set()


@pytest.mark.parametrize(
    "line",
    [
        "class Unheard",
        "member KStream.unheard",
        "member Consumed.withUnheard",
        "config unheard.of",
        "metric stream-task-metrics unheard-rate",
    ],
)
def test_a_new_name_is_unexplained(line):
    assert unexplained([line], explained(), KEYS, metric_names()) == [line]


def test_a_class_left_out_as_a_whole_is_left_out_with_all_its_names():
    assert unexplained(["class KeyQuery", "member KeyQuery.unheard"], explained(), KEYS, metric_names()) == []
