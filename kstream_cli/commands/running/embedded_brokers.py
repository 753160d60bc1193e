"""The brokers of `kstream run --embedded`: one for home, and one for each other cluster that the topology names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kstream_cli.broker.embedded import EmbeddedBroker
from kstream_cli.clusters import HOME
from kstream_cli.commands.running.kept import Kept
from kstream_cli.errors import ConfigError


@contextmanager
def embedded_brokers(
    port: int | None, clusters: Sequence[str]
) -> Iterator[tuple[Mapping[str, str], Path, Callable[[], None]]]:
    """Where each cluster's broker listens, a folder for the state, and what raises when a broker has ended.

    Brokers forget all when they end, so the state must not outlive them. The reloader keeps the broker of home, and the
    state from one run to the next. It cannot keep others, which it does not know: raises ConfigError then.
    """
    kept = Kept.here()
    if kept is not None and kept.broker is not None and clusters:
        raise ConfigError(
            f"--reload and --embedded exclude one another where topics are in other clusters ({', '.join(clusters)}): "
            "leave --reload out, or give all clusters with --bootstrap-servers and --cluster"
        )
    with ExitStack() as stack:
        others = {cluster: stack.enter_context(EmbeddedBroker()) for cluster in clusters}
        addresses = {cluster: broker.bootstrap_servers for cluster, broker in others.items()}
        if kept is not None and kept.broker is not None:
            home, state, brokers = kept.broker, kept.state, list(others.values())
        else:
            broker = stack.enter_context(EmbeddedBroker(port))
            home, brokers = broker.bootstrap_servers, [broker, *others.values()]
            state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kstream-")))

        def check() -> None:
            for each in brokers:
                each.check()

        yield {HOME: home, **addresses}, state, check
