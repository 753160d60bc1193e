"""Records are read from NDJSON, from lines of text and from CSV."""

import pytest

from kstream_cli.errors import StreamsError
from kstream_cli.operations.record_lines import LineFormat, records_of


def read(lines, format, topic="t", **options):
    return [
        (record.topic, record.key, record.value, record.timestamp)
        for record in records_of([line.encode() for line in lines], format, source="file", topic=topic, **options)
    ]


def test_a_line_of_text_is_key_and_value():
    assert read(["ada:/home\n", "/docs\n", "\n"], LineFormat.text) == [
        ("t", "ada", "/home", None),
        ("t", None, "/docs", None),
    ]


def test_only_the_first_separator_divides_a_line():
    assert read(["a=b=c"], LineFormat.text, separator="=") == [("t", "a", "b=c", None)]


def test_an_ndjson_record_may_name_its_topic_and_say_where_it_was():
    lines = ['{"key": "a", "value": 1, "partition": 3, "offset": 9}', '{"topic": "u", "value": 2, "timestamp": 5}']
    assert read(lines, LineFormat.ndjson) == [("t", "a", 1, None), ("u", None, 2, 5)]


def test_csv_columns_make_an_object():
    lines = ["key,item,amount,timestamp\n", "a,pen,3,1000\n"]
    assert read(lines, LineFormat.csv) == [("t", "a", {"item": "pen", "amount": 3}, 1000)]


def test_a_csv_column_value_is_the_value_itself():
    assert read(["key,value\n", "a,007\n"], LineFormat.csv) == [("t", "a", "007", None)]


def test_a_csv_line_with_another_number_of_fields_is_named():
    with pytest.raises(StreamsError, match="file, line 2"):
        read(["key,value\n", "a,b,c\n"], LineFormat.csv)


def test_a_broken_ndjson_line_is_named():
    with pytest.raises(StreamsError, match="file, line 2: not JSON"):
        read(['{"value": 1}', "{"], LineFormat.ndjson)


def test_a_record_without_a_topic_asks_for_one():
    with pytest.raises(StreamsError, match="names no topic"):
        read(["a:b"], LineFormat.text, topic=None)
