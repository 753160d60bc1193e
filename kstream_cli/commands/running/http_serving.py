"""The endpoint that `kstream run --http` serves: where, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kstream_cli.commands.output.standard_streams import say
from kstream_cli.commands.output.start_folder import start_folder
from kstream_cli.errors import ConfigError
from kstream_cli.runtime.kafka_streams import KafkaStreams

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::", "")
HIGHEST_PORT = 65535
MOST_TOKEN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class HttpServing:
    """Where the endpoint is served; a port of 0 takes a free one."""

    host: str
    port: int
    token_file: Path | None = None
    is_open: bool = False

    @classmethod
    def parse(cls, text: str, *, token_file: Path | None = None, is_open: bool = False) -> HttpServing:
        """Read `[HOST:]PORT`; put an IPv6 address in brackets. Raises ConfigError."""
        host, _, port = text.rpartition(":")
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= HIGHEST_PORT):
            raise ConfigError(f"--http {text!r}: give [HOST:]PORT, such as 8080 or 0.0.0.0:8080")
        if ":" in host and not (host.startswith("[") and host.endswith("]")):
            raise ConfigError(f"--http {text!r}: put an IPv6 address in brackets: [{host}]:{port}")
        return cls(host.strip("[]") or LOOPBACK, int(port), token_file, is_open)

    def of_instance(self, number: int) -> HttpServing:
        """That of one of several instances side by side, counted from 1: each has a port of its own."""
        return replace(self, port=self.port + number - 1) if self.port else self

    @property
    def address(self) -> str:
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def arguments(self) -> list[str]:
        """The options of `kstream run` that ask for it."""
        token = [] if self.token_file is None else ["--http-token-file", str(start_folder() / self.token_file)]
        return ["--http", self.address, *token, *(["--http-open"] if self.is_open else [])]

    @property
    def settings(self) -> dict[str, str]:
        """What it means for the configuration: other instances find this one here, unless told otherwise."""
        is_named = self.port and self.host not in EVERYWHERE
        return {"application.server": self.address} if is_named else {}

    def token(self) -> str | None:
        """The token in its file. Raises ConfigError where there is none."""
        return None if self.token_file is None else token_in(self.token_file)


def token_in(file: Path) -> str:
    """The token that a file holds. Raises ConfigError where there is none."""
    try:
        with (start_folder() / file).open("rb") as text:
            token = text.read(MOST_TOKEN_BYTES + 1).decode().strip()
    except OSError as error:
        raise ConfigError(f"the token file {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"the token file {file} is no text") from error
    if not token or len(token) > MOST_TOKEN_BYTES or not token.isprintable() or not token.isascii():
        raise ConfigError(f"the token file {file} does not hold a token: one line of ASCII text")
    return token


def check_endpoints(serving: HttpServing | None, processes: int) -> None:
    """Raise ConfigError if the endpoints of so many instances could not be served: before anything is made."""
    if serving is None:
        return
    from kstream_cli.endpoint.http_endpoint import bound, check_endpoint

    check_endpoint(serving.host, is_guarded=serving.token() is not None or serving.is_open)
    for number in range(1, processes + 1):
        bound(serving.host, serving.of_instance(number).port).close()


@contextmanager
def endpoint(serving: HttpServing | None, streams: KafkaStreams) -> Iterator[None]:
    """Serve the endpoint of an application while the block runs, if that was asked for."""
    if serving is None:
        yield
        return
    from kstream_cli.endpoint.http_endpoint import HttpEndpoint
    from kstream_cli.endpoint.instances import announced_endpoint

    with HttpEndpoint(
        streams, port=serving.port, host=serving.host, token=serving.token(), open_to_all=serving.is_open
    ) as server:
        say(f"endpoint at {server.url} (what it answers: {server.url}/openapi.json)")
        host = LOOPBACK if serving.host in EVERYWHERE else serving.host
        here = replace(serving, host=host, port=server.port).address
        with announced_endpoint(here, streams.config.application_id):
            yield
