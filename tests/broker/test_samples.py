from datetime import UTC, datetime

import pytest

from kstream_cli.broker.samples import Sample, module_samples, ndjson_samples
from kstream_cli.errors import StreamsError


def test_samples_are_values_pairs_or_triples_with_a_timestamp():
    assert module_samples({"t": ["v", ("k", "v"), ("k", "v", 5)]}) == [
        Sample("t", None, "v"),
        Sample("t", "k", "v"),
        Sample("t", "k", "v", 5),
    ]


def test_a_dict_with_the_fields_of_a_record_is_a_record():
    (sample,) = module_samples({"t": [{"key": "k", "value": "v", "headers": {"h": "x"}}]})
    assert sample == Sample("t", "k", "v", None, (("h", b"x"),))


def test_any_other_dict_is_a_value():
    assert module_samples({"t": [{"item": "pen"}]}) == [Sample("t", None, {"item": "pen"})]


def test_a_timestamp_may_be_a_datetime():
    (sample,) = module_samples({"t": [("k", "v", datetime(1970, 1, 2, tzinfo=UTC))]})
    assert sample.timestamp == 86_400_000


def test_a_line_without_a_topic_is_refused_by_its_number():
    with pytest.raises(StreamsError, match="file, line 2: the record names no topic"):
        list(ndjson_samples(["", '{"value": 1}'], source="file"))


def test_a_misspelt_field_is_refused():
    with pytest.raises(StreamsError, match="unknown field 'valeu'"):
        list(ndjson_samples(['{"topic": "t", "valeu": 1}'], source="file"))


@pytest.mark.parametrize("headers", ["5", '"ab"', '{"h": 5}', '[["a", "b", "c"]]'])
def test_headers_that_are_none_are_refused(headers):
    with pytest.raises(StreamsError, match="line 1: headers are an object or pairs"):
        list(ndjson_samples([f'{{"topic": "t", "headers": {headers}}}'], source="file"))


@pytest.mark.parametrize("samples", [5, {"t": 5}, {"t": "abc"}])
def test_samples_that_are_no_lists_are_refused(samples):
    with pytest.raises(StreamsError, match="samples are lists of records by topic"):
        module_samples(samples)
