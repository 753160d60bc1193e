"""What can go wrong between here and a broker, before it has given an answer that can be read."""

from __future__ import annotations

from kstream_cli.errors import BrokerUnavailableError


class ConnectionFailedError(BrokerUnavailableError):
    """A broker could not be reached, hung up, or did not answer in time. Another try may succeed."""


class MalformedAnswerError(ConnectionFailedError):
    """An answer is not what the request's table says. The connection is given up with it."""


class CoordinatorUnknownError(ConnectionFailedError):
    """The brokers answer, and do not know yet which of them looks after the group."""


class LoginRefusedError(BrokerUnavailableError):
    """The broker did not let this client in."""


class NotSupportedError(BrokerUnavailableError):
    """The broker does not have the request, or only in versions that are not known here."""
