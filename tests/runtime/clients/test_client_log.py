import logging

from kstream_cli.runtime.clients.client_log import REPEAT_SECONDS, Seldom


def line(client, server, milliseconds, created):
    text = f"FAIL [{client}] [thrd:{server}/bootstrap]: {server}/bootstrap: Connect failed (after {milliseconds}ms)"
    record = logging.LogRecord("kstream_cli.librdkafka", logging.ERROR, "file.py", 1, text, None, None)
    record.created = created
    return record


def test_what_was_just_said_is_not_said_again_whichever_client_says_it():
    seldom = Seldom()
    assert seldom.filter(line("consumer-1", "a:9092", 0, 100.0))
    assert not seldom.filter(line("consumer-1", "a:9092", 7, 101.0))
    assert not seldom.filter(line("producer-2", "a:9092", 0, 101.0))


def test_it_is_said_again_after_a_while_and_of_another_broker_at_once():
    seldom = Seldom()
    assert seldom.filter(line("consumer-1", "a:9092", 0, 100.0))
    assert seldom.filter(line("consumer-1", "b:9092", 0, 100.0))
    assert seldom.filter(line("consumer-1", "a:9092", 0, 100.0 + REPEAT_SECONDS))
