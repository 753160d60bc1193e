"""What holds for all tests."""

import logging
import signal

import pytest
from hypothesis import settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("kstream", deadline=None)
settings.load_profile("kstream")

# A run that outlives its terminal (nohup) ignores SIGHUP, and so would the commands that the tests start.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """A command sets logging up for its process. Its handler must not outlive the test, whose stream is closed."""
    loggers = [logging.getLogger(name) for name in (None, "kstream_cli", "kstream")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
