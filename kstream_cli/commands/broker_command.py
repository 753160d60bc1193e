"""`kstream broker`: the embedded broker alone."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.options import Debug

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def broker(
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            help="The loopback port to listen on (default: a free one).",
            envvar="KSTREAM_PORT",
            show_envvar=True,
            show_default=False,
            min=1,
            max=65535,
        ),
    ] = None,
    debug: Debug = False,
) -> None:
    """Run the embedded broker alone, in the foreground, until Ctrl-C.

    It is for trying things out. It is compatible with Kafka, listens only on 127.0.0.1 and keeps everything in memory.

    \b
    Example:
      kstream broker --port 9092
    """
    from kstream_cli.broker.announcement import announced_broker
    from kstream_cli.broker.embedded import QUICK_GROUPS, EmbeddedBroker
    from kstream_cli.commands.output.standard_streams import results, write

    with EmbeddedBroker(port) as running, announced_broker(running.bootstrap_servers, command="kstream broker"):
        write(f"broker at {running.bootstrap_servers}, in memory only; Ctrl-C stops it")
        settings = " ".join(f"--set {name}={value}" for name, value in QUICK_GROUPS.items())
        write(f"groups form in half of the session timeout here: kstream run {settings}")
        results().flush()
        running.wait()
