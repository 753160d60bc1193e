"""What holds for all tests."""

import logging
import signal

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("kstream", deadline=None)
settings.load_profile("kstream")

# A run in the background (nohup, a script's &) ignores signals, and so would the commands that the tests start.
for name, usual in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """A command sets logging up for its process. Its handler must not outlive the test, whose stream is closed."""
    loggers = [logging.getLogger(name) for name in (None, "kstream_cli", "kstream")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
