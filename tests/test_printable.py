import json
import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kstream_cli.logs import logger
from kstream_cli.printable import printable, printable_lines

TURNS = ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI")
"""What Unicode calls the characters that turn the direction of text around."""


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu"])))
def test_no_control_character_and_no_half_of_one_is_left(text):
    for character in printable(text):
        assert unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "RLI",
            "LRI",
            "FSI",
            "PDI",
        )


@pytest.mark.parametrize("text", ["", "plain", "Grüße, 世界 🎉", "a\\nb", "é\u0301"])
def test_text_without_control_characters_stays_as_it_is(text):
    assert printable(text) == text


def test_several_lines_stay_several_lines_where_that_is_asked_for():
    assert printable_lines("a\nb\x1b[1m\r\nc") == "a\nb\\x1b[1m\\r\nc"


def test_a_json_text_stays_the_same_json():
    value = {"a": "\x7f\x9b\u2028\u202e", "b": "\x1b\n"}
    assert json.loads(printable_lines(json.dumps(value, ensure_ascii=False, indent=1))) == value


class Loud(Exception):
    def __str__(self):
        return "text\x1b[2J\nforged line"

    __repr__ = __str__


def test_the_arguments_of_a_log_line_keep_to_it(caplog):
    logger("kstream_cli.loud").warning("key %s, %r, %d of %s", "k\x1b]0;\n", Loud(), 3, Loud())
    (line,) = caplog.messages
    assert line == "key k\\x1b]0;\\n, text\\x1b[2J\\nforged line, 3 of text\\x1b[2J\\nforged line"


def test_the_template_of_a_log_line_stays_the_same_for_tools_that_group_lines_by_it(caplog):
    logger("kstream_cli.loud").warning("key %s", "k\n")
    assert caplog.records[0].msg == "key %s"


def test_a_traceback_in_a_log_is_safe_to_show(caplog):
    try:
        raise Loud
    except Loud:
        logger("kstream_cli.loud").exception("it failed")
    assert "\x1b" not in logging.Formatter().format(caplog.records[0])
