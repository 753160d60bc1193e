"""`kstream run`: a topology against a Kafka cluster, or on an embedded broker."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kstream_cli.commands.finite import finite
from kstream_cli.commands.options import (
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    Module,
    Profile,
    Settings,
    names_cluster,
    refuse_alone,
    refuse_both,
    refuse_settings,
    typed,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)


HIGHEST_PORT = 65535


class LostOffsets(StrEnum):
    """What --on-lost-offsets takes."""

    fail = "fail"
    earliest = "earliest"
    latest = "latest"


class GroupProtocol(StrEnum):
    """What --group-protocol takes."""

    classic = "classic"
    streams = "streams"


class OnError(StrEnum):
    """What --on-error takes: the answers of an uncaught exception handler, by its names for them."""

    replace_thread = "replace-thread"
    shutdown_client = "shutdown-client"
    shutdown_application = "shutdown-application"


@app.command()
def run(
    context: typer.Context,
    module: Module = None,
    bootstrap_servers: BootstrapServers = None,
    embedded: Annotated[
        bool,
        typer.Option(
            "--embedded",
            help="Use no cluster: start the embedded broker, feed the module's samples and show the results.",
            envvar="KSTREAM_EMBEDDED",
            show_envvar=True,
        ),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            "-p",
            help="The loopback port of the embedded broker (default: a free one).",
            envvar="KSTREAM_PORT",
            show_envvar=True,
            show_default=False,
            min=1,
            max=HIGHEST_PORT,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            "-t",
            help="Stream threads of each process (default: num.stream.threads, else 1).",
            envvar="KSTREAM_THREADS",
            show_envvar=True,
            show_default=False,
            min=1,
        ),
    ] = None,
    tasks: Annotated[
        int | None,
        typer.Option(
            "--tasks",
            "-n",
            help="Tasks of the largest subtopology: its source topics must have this number of partitions, and "
            "--create-topics makes new topics with it.",
            envvar="KSTREAM_TASKS",
            show_envvar=True,
            show_default=False,
            min=1,
        ),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            "--processes",
            "-P",
            help="Instances to run in parallel, to use more than one core; one that crashes is started again.",
            envvar="KSTREAM_PROCESSES",
            show_envvar=True,
            show_default=True,
            min=1,
        ),
    ] = 1,
    create_topics: Annotated[
        bool,
        typer.Option(
            "--create-topics",
            help="Create missing source and sink topics. They get as many partitions as --tasks says (default: the "
            "number of all threads).",
            envvar="KSTREAM_CREATE_TOPICS",
            show_envvar=True,
        ),
    ] = False,
    from_beginning: Annotated[
        bool,
        typer.Option(
            "--from-beginning",
            help="Start over: forget committed offsets, local state and internal topics, and read all input again. "
            "No other instance may be running.",
            envvar="KSTREAM_FROM_BEGINNING",
            show_envvar=True,
        ),
    ] = False,
    reload: Annotated[
        bool,
        typer.Option(
            "--reload",
            help="Start again when the module, or a file that it imports, changes. An embedded broker keeps its data.",
            envvar="KSTREAM_RELOAD",
            show_envvar=True,
        ),
    ] = False,
    exit_when_idle: Annotated[
        float | None,
        typer.Option(
            "--exit-when-idle",
            metavar="[SECONDS]",
            help="Stop once all input is read and no record has come for this long (default: 5).",
            envvar="KSTREAM_EXIT_WHEN_IDLE",
            show_envvar=True,
            show_default=False,
            min=0,
            callback=finite,
        ),
    ] = None,
    group_protocol: Annotated[
        GroupProtocol | None,
        typer.Option(
            "--group-protocol",
            help="Who assigns the tasks. classic: the instances among themselves; streams: the broker, which must be "
            "Kafka 4.2 or newer (default: classic).",
            envvar="KSTREAM_GROUP_PROTOCOL",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    on_lost_offsets: Annotated[
        LostOffsets | None,
        typer.Option(
            "--on-lost-offsets",
            help="Where to continue if the broker has deleted records that were not read yet (default: fail).",
            envvar="KSTREAM_ON_LOST_OFFSETS",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    allow_orphans: Annotated[
        bool,
        typer.Option(
            "--allow-orphans",
            help="Start even if changelogs or unread records would be left behind, because the topology no longer has "
            "their stores or topics. See kstream diff app:ID.",
            envvar="KSTREAM_ALLOW_ORPHANS",
            show_envvar=True,
        ),
    ] = False,
    on_error: Annotated[
        OnError,
        typer.Option(
            "--on-error",
            help="What to do after an error that ends a thread: continue with a new thread, end this instance, or end "
            "all instances of the application.",
            envvar="KSTREAM_ON_ERROR",
            show_envvar=True,
            show_default=True,
        ),
    ] = OnError.shutdown_client,
    metrics_port: Annotated[
        int | None,
        typer.Option(
            "--metrics-port",
            help="Serve metrics for Prometheus on this port (0: a free one); further --processes take the next ports.",
            envvar="KSTREAM_METRICS_PORT",
            show_envvar=True,
            show_default=False,
            min=0,
            max=HIGHEST_PORT,
        ),
    ] = None,
    metrics_host: Annotated[
        str,
        typer.Option(
            "--metrics-host",
            metavar="ADDRESS",
            help="The address for the metrics page, which has no access control.",
            envvar="KSTREAM_METRICS_HOST",
            show_envvar=True,
            show_default=True,
        ),
    ] = "127.0.0.1",
    http: Annotated[
        str | None,
        typer.Option(
            "--http",
            metavar="[HOST:]PORT",
            help="Serve health, metrics, the topology and the stores over HTTP, only on this machine unless you name a "
            "HOST (port 0: a free one); further --processes take the next ports.",
            envvar="KSTREAM_HTTP",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    http_token_file: Annotated[
        Path | None,
        typer.Option(
            "--http-token-file",
            metavar="FILE",
            help="Answer only requests with the token in this file: Authorization: Bearer TOKEN.",
            envvar="KSTREAM_HTTP_TOKEN_FILE",
            show_envvar=True,
            show_default=False,
        ),
    ] = None,
    http_open: Annotated[
        bool,
        typer.Option(
            "--http-open",
            help="Answer everybody who can reach HOST, without a token.",
            envvar="KSTREAM_HTTP_OPEN",
            show_envvar=True,
        ),
    ] = False,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Run a topology against a Kafka cluster, or on an embedded broker.

    On a terminal a live view shows threads and tasks. Otherwise each change of state is logged. After Ctrl-C or SIGTERM
    it commits, leaves the group and ends with exit code 0. A second Ctrl-C ends it at once.

    \b
    Examples:
      kstream run --embedded --reload
      kstream run --embedded --threads 3
      kstream run app.py --bootstrap-servers localhost:9092 --threads 3 --tasks 6 --create-topics
      kstream run app.py -b localhost:9092 --set processing.guarantee=exactly_once_v2 --processes 2
    """
    refuse_both(context, "--embedded", "--bootstrap-servers")
    refuse_both(context, "--embedded", "--cluster")
    if group_protocol is GroupProtocol.streams:  # The embedded broker does not have it.
        refuse_both(context, "--embedded", "--group-protocol")
    refuse_alone(context, "--metrics-host", "--metrics-port")
    refuse_alone(context, "--http-token-file", "--http")
    refuse_alone(context, "--http-open", "--http")
    refuse_both(context, "--http-open", "--http-token-file")
    refuse_settings(
        context,
        bootstrap_servers="bootstrap.servers",
        embedded="bootstrap.servers",
        threads="num.stream.threads",
        group_protocol="group.protocol",
        on_lost_offsets="on.lost.offsets",
        allow_orphans="allow.orphans",
    )
    if embedded and not typed(context, "--embedded") and names_cluster(context):
        embedded = False
    if not embedded and typed(context, "--port"):
        raise typer.BadParameter("--port has no effect without --embedded: add --embedded, or leave --port out")
    if metrics_port is not None and metrics_port + processes - 1 > HIGHEST_PORT:
        raise typer.BadParameter(
            f"--metrics-port {metrics_port} and --processes {processes} exclude one another: "
            f"the last process would need port {metrics_port + processes - 1}"
        )
    from kstream_cli.commands.running.handed_settings import handed
    from kstream_cli.commands.running.http_serving import HttpServing
    from kstream_cli.commands.running.kept import Kept, noting_imports
    from kstream_cli.commands.running.launch import Launch
    from kstream_cli.commands.running.metrics_page import MetricsPage
    from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse

    serving = None if http is None else HttpServing.parse(http, token_file=http_token_file, is_open=http_open)
    if serving is not None:
        _check_ports(serving.port, metrics_port, processes)
    if reload and Kept.here() is None:
        from kstream_cli.commands.running.reloader import Reloader

        arguments = [argument for argument in sys.argv[1:] if argument != "--reload"]
        raise typer.Exit(Reloader(arguments, embedded=embedded, port=port).run())
    launch = Launch(
        module=module,
        threads=threads,
        tasks=tasks,
        processes=processes,
        create_topics=create_topics,
        from_beginning=from_beginning,
        exit_when_idle=exit_when_idle,
        on_error=StreamThreadExceptionResponse[on_error.name.upper()],
        metrics=None if metrics_port is None else MetricsPage(metrics_port, metrics_host),
        http=serving,
        profile=profile,
        port=port,
        assignments=(*with_clusters(assignments, clusters), *handed()),
        config_file=config,
        options={
            "bootstrap.servers": bootstrap_servers,
            "num.stream.threads": threads,
            "group.protocol": group_protocol.value if group_protocol else None,
            "allow.orphans": True if allow_orphans else None,
            "on.lost.offsets": on_lost_offsets.value if on_lost_offsets else None,
        },
    )
    with noting_imports([config] if config else []):
        code = launch.embedded() if embedded else launch.on_cluster()
    if code:
        raise typer.Exit(code)


def _check_ports(http: int, metrics: int | None, processes: int) -> None:
    """A usage error where instances would need a port twice, or one that there is not."""
    if http and http + processes - 1 > HIGHEST_PORT:
        raise typer.BadParameter(
            f"--http {http} and --processes {processes} exclude one another: "
            f"the last process would need port {http + processes - 1}"
        )
    if http and metrics and abs(http - metrics) < processes:
        raise typer.BadParameter(
            f"--http {http} and --metrics-port {metrics} would share a port: leave --metrics-port out, as the "
            "endpoint has /metrics too, or choose another port"
        )
