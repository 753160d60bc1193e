"""Records as user code sees them: immutable, checked, and cheap to copy."""

import pickle

import pytest

from kstream_cli import Record
from kstream_cli.errors import StreamsError

RECORD = Record("a", 1, 5, (("h", b"x"),))


def test_a_record_cannot_be_changed():
    with pytest.raises(AttributeError):
        RECORD.value = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("copy", "changed"),
    [
        (RECORD.with_key("b"), Record("b", 1, 5, (("h", b"x"),))),
        (RECORD.with_value(2), Record("a", 2, 5, (("h", b"x"),))),
        (RECORD.with_timestamp(6), Record("a", 1, 6, (("h", b"x"),))),
        (RECORD.with_headers(()), Record("a", 1, 5)),
    ],
)
def test_a_copy_differs_in_the_one_part_that_was_changed(copy, changed):
    assert copy == changed
    assert copy != RECORD


@pytest.mark.parametrize("make", [lambda: Record("a", 1, -1), lambda: RECORD.with_timestamp(-1)])
def test_no_record_is_of_a_negative_time(make):
    with pytest.raises(StreamsError, match="cannot be negative: -1"):
        make()


def test_a_record_shows_its_parts_and_can_be_a_key_and_be_pickled():
    assert repr(RECORD) == "Record(key='a', value=1, timestamp=5, headers=(('h', b'x'),))"
    assert {RECORD: "seen"}[pickle.loads(pickle.dumps(RECORD))] == "seen"
