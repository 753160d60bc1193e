"""Log lines of `kstream run`: the module's own logging is honoured, and what kstream warns of is always seen."""

from __future__ import annotations

import logging
import sys

from kstream_cli.config import Config
from kstream_cli.logs import LineFormatter
from kstream_cli.runtime.threads.log_context import LogContext

OWN = ("kstream_cli", "kstream")
"""The loggers above all of kstream's."""


def log_to(handler: logging.Handler, form: str, config: Config) -> None:
    """Have log lines shown by `handler`, in that form.

    Where the module has set logging up, its handlers, levels and formats stay as they are. `handler` then shows what
    kstream warns of, unless one of the module's shows it already.
    """
    handler.addFilter(LogContext())
    handler.setFormatter(LineFormatter(form, "%H:%M:%S"))
    _enable()
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(handler)
        if root.level == logging.WARNING:  # As Python leaves it.
            root.setLevel(logging.INFO)
    else:
        handler.setLevel(logging.WARNING)
        for name in OWN:
            _show_warnings(logging.getLogger(name), handler)
    if any(name.rpartition(".")[2] == "debug" for name in config.original):
        logging.getLogger("kstream_cli.librdkafka").setLevel(logging.DEBUG)


def terminal_handlers() -> list[logging.StreamHandler]:  # type: ignore[type-arg]
    """The root's handlers that write to standard output or error."""
    streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
    return [
        each
        for each in logging.getLogger().handlers
        if isinstance(each, logging.StreamHandler) and any(each.stream is stream for stream in streams)
    ]


def _enable() -> None:
    """`dictConfig` and `fileConfig` disable every logger that they do not name, unless told not to."""
    for name, logger in logging.root.manager.loggerDict.items():
        if name.partition(".")[0] in OWN and isinstance(logger, logging.Logger):
            logger.disabled = False


def _show_warnings(logger: logging.Logger, handler: logging.Handler) -> None:
    if logger.level == logging.NOTSET and logger.getEffectiveLevel() > logging.WARNING:
        logger.setLevel(logging.WARNING)
    heard = [*logger.handlers, *(logging.getLogger().handlers if logger.propagate else ())]
    if not any(_shows_warnings(each) for each in heard):
        logger.addHandler(handler)


def _shows_warnings(handler: logging.Handler) -> bool:
    on_terminal = handler in terminal_handlers() or hasattr(handler, "console")  # as Rich's has
    return on_terminal and handler.level <= logging.WARNING
