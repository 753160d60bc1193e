"""The running instances that a command asks: those that options name, else those that can be found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kstream_cli.commands.loading.target import Target
from kstream_cli.commands.running.http_serving import token_in
from kstream_cli.endpoint.client import server_of
from kstream_cli.endpoint.instances import Instances, servers_of


def instances_of(target: Target, given: Sequence[str] | None, token_file: Path | None) -> Instances:
    """The instances of the target's application; none where none can be found. Raises ConfigError for bad options."""
    token = None if token_file is None else token_in(token_file)
    servers = [server_of(each) for each in given] if given else servers_of(target.config)
    return Instances(servers, token)
