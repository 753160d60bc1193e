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
        list(ndjson_samples([b"", b'{"value": 1}'], source="file"))


def test_a_misspelt_field_is_refused():
    with pytest.raises(StreamsError, match="unknown field 'valeu'"):
        list(ndjson_samples([b'{"topic": "t", "valeu": 1}'], source="file"))


@pytest.mark.parametrize("headers", ["5", '"ab"', '{"h": 5}', '[["a", "b", "c"]]'])
def test_headers_that_are_none_are_refused(headers):
    with pytest.raises(StreamsError, match="line 1: headers are an object or pairs"):
        list(ndjson_samples([f'{{"topic": "t", "headers": {headers}}}'.encode()], source="file"))


@pytest.mark.parametrize("samples", [5, {"t": 5}, {"t": "abc"}])
def test_samples_that_are_no_lists_are_refused(samples):
    with pytest.raises(StreamsError, match="samples are lists of records by topic"):
        module_samples(samples)


DEEP = b'{"topic": "t", "value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (DEEP, "nested too deep"),
        (b'{"topic": "t", "value": "\xff"}', "not UTF-8: byte 0xff at 26"),
        (b"\x00\x01", "not JSON"),
        (b'{"topic": "t", "value": NaN}', "not JSON: NaN is no number"),
        (b'{"topic": "t", "value": [-Infinity]}', "not JSON: -Infinity is no number"),
        (b'{"topic": "t", "value": 1e999}', "1e999 is larger than a number can be"),
        (b'{"topic": "t", "value": ' + b"9" * 5_000 + b"}", "a number of 5000 digits is too long"),
        (b'{"topic": "t", "timestamp": 9223372036854775808}', "the timestamp 9223372036854775808 is not between"),
        (b'{"topic": "t", "timestamp": -1}', "the timestamp -1 is not between"),
        (b'{"topic": "t", "timestamp": 1.5}', "a timestamp is milliseconds since 1970"),
        (b'{"topic": "t", "timestamp": true}', "a timestamp is milliseconds since 1970"),
        (b'{"topic": "t", "timestamp": "yesterday"}', "a timestamp is milliseconds since 1970"),
        (b'{"topic": "t", "timestamp": "1969-12-31T23:59:59Z"}', "is not between 1970"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_line_that_is_no_record_is_named_with_its_file(line, said):
    with pytest.raises(StreamsError, match=r"^file, line 2: ") as raised:
        list(ndjson_samples([b'{"topic": "t"}\n', line], source="file"))
    assert said in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    ("text", "timestamp"),
    [
        ("1970-01-01T00:00:01Z", 1_000),
        ("1970-01-01T01:00:01+01:00", 1_000),
        ("1970-01-01T00:00:01", 1_000),
        ("1970-01-02", 86_400_000),
        ("2024-05-06T07:08:09.123Z", 1_714_979_289_123),
        ("2024-05-06 07:08:09.001", 1_714_979_289_001),
    ],
)
def test_a_timestamp_may_be_a_text_by_iso_8601(text, timestamp):
    (sample,) = ndjson_samples([f'{{"topic": "t", "timestamp": "{text}"}}'.encode()], source="file")
    assert sample.timestamp == timestamp


@pytest.mark.parametrize("moment", [datetime.min, datetime(1969, 1, 1, tzinfo=UTC)])
def test_a_datetime_out_of_kafkas_time_is_refused(moment):
    with pytest.raises(StreamsError, match="timestamp"):
        module_samples({"t": [("k", "v", moment)]})


def test_a_mark_of_the_byte_order_is_not_part_of_the_first_record():
    (sample,) = ndjson_samples([b'\xef\xbb\xbf{"topic": "t"}'], source="file")
    assert sample.topic == "t"
