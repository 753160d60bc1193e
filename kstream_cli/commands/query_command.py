"""`kstream query`: what a store holds."""

from __future__ import annotations

from typing import Annotated

import typer

from kstream_cli.commands.options import (
    ApplicationId,
    BootstrapServers,
    Clusters,
    ConfigFile,
    Debug,
    InstanceServers,
    Json,
    KeySerde,
    ModuleOption,
    Profile,
    Settings,
    TokenFile,
    ValueSerde,
    complete_stores,
    refuse_both,
    typed,
    with_clusters,
)

app = typer.Typer(rich_markup_mode=None, add_completion=False)

OF_CHANGELOG = ("--at", "--since", "--kind", "--window-size", "--key-serde", "--value-serde")
OF_INSTANCES = ("--instance", "--token-file", "--stale", "--committed", "--as-of")
KINDS = "key-value, window, session, versioned, suppress, join-buffer"


@app.command()
def query(
    context: typer.Context,
    store: Annotated[
        str,
        typer.Argument(
            metavar="STORE", help="The store, as kstream describe names it.", autocompletion=complete_stores
        ),
    ],
    key: Annotated[
        str | None, typer.Argument(metavar="[KEY]", help="Only rows of this key.", show_default=False)
    ] = None,
    from_changelog: Annotated[
        bool,
        typer.Option(
            "--from-changelog",
            help="Read the changelog topic; the application need not run.",
            envvar="KSTREAM_FROM_CHANGELOG",
            show_envvar=True,
        ),
    ] = False,
    instances: InstanceServers = None,
    token_file: TokenFile = None,
    stale: Annotated[
        bool,
        typer.Option(
            "--stale",
            help="From running instances: also read copies that are behind, such as standbys, and say how far.",
            envvar="KSTREAM_STALE",
            show_envvar=True,
        ),
    ] = False,
    committed: Annotated[
        bool,
        typer.Option(
            "--committed",
            help="From running instances: read the state as of a commit.",
            envvar="KSTREAM_COMMITTED",
            show_envvar=True,
        ),
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="From running instances: the value of KEY that was valid at that time in a versioned store.",
            envvar="KSTREAM_AS_OF",
            show_envvar=True,
        ),
    ] = None,
    from_key: Annotated[
        str | None,
        typer.Option(
            "--from-key", metavar="KEY", help="Rows from this key.", envvar="KSTREAM_FROM_KEY", show_envvar=True
        ),
    ] = None,
    to_key: Annotated[
        str | None,
        typer.Option("--to-key", metavar="KEY", help="Rows up to this key.", envvar="KSTREAM_TO_KEY", show_envvar=True),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            "--prefix", help="Rows whose keys begin with this, as bytes.", envvar="KSTREAM_PREFIX", show_envvar=True
        ),
    ] = None,
    from_time: Annotated[
        str | None,
        typer.Option(
            "--from-time",
            metavar="TIME",
            help="Windows that start at this time or later; versions that were valid at this time or later.",
            envvar="KSTREAM_FROM_TIME",
            show_envvar=True,
        ),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            "--to-time",
            metavar="TIME",
            help="Windows that start, or versions that became valid, up to this time.",
            envvar="KSTREAM_TO_TIME",
            show_envvar=True,
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="OFFSET|TIME",
            help="The store as it was before this offset of each changelog partition, or before the first record with "
            "this time or a later one.",
            envvar="KSTREAM_AT",
            show_envvar=True,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="OFFSET|TIME",
            help="Each change since this offset or time.",
            envvar="KSTREAM_SINCE",
            show_envvar=True,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", "-n", metavar="N", help="Show up to N rows.", min=1, envvar="KSTREAM_LIMIT", show_envvar=True
        ),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            help="table, json or csv.",
            metavar="FORMAT",
            envvar="KSTREAM_QUERY_FORMAT",
            show_envvar=True,
        ),
    ] = "table",
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help=f"The kind of the store, if no topology says so: {KINDS}. Default: recognised by its changelog.",
            envvar="KSTREAM_KIND",
            show_envvar=True,
        ),
    ] = None,
    window_size: Annotated[
        int | None,
        typer.Option(
            "--window-size",
            metavar="MS",
            help="The size of its windows in milliseconds, if no topology says so.",
            min=1,
            envvar="KSTREAM_WINDOW_SIZE",
            show_envvar=True,
        ),
    ] = None,
    json: Json = False,
    module: ModuleOption = None,
    application_id: ApplicationId = None,
    key_serde: KeySerde = None,
    value_serde: ValueSerde = None,
    bootstrap_servers: BootstrapServers = None,
    profile: Profile = None,
    clusters: Clusters = None,
    assignments: Settings = None,
    config: ConfigFile = None,
    debug: Debug = False,
) -> None:
    """Show the rows of a store, from the running instances or from its changelog topic.

    Instances are asked over their endpoint (kstream run --http); the one that has KEY answers. With --from-changelog
    the application need not run, and may be a Java application. Rows then come in the order of their keys' bytes, and
    only committed changes count.

    A TIME is ISO 8601 (local time if it has no zone), or how long ago it was: 30s, 10m, 2h, 1d. --from-time and
    --to-time also take milliseconds. The exit code is 1 if a part of the store could not be read.

    \b
    Examples:
      kstream query counts hello
      kstream query counts --prefix he --instance 10.0.0.5:8080 --token-file token
      kstream query counts --from-changelog
      kstream query per-minute ada --from-changelog --from-time 2026-11-30T09:00 --to-time 2026-11-30T10:00
      kstream query counts --from-changelog --at 2026-11-30T09:00 --format csv
      kstream query counts --from-changelog --since 10m
      kstream query counts --from-changelog --application-id orders -b kafka:9092 --key-serde string --value-serde long
    """
    from kstream_cli.commands.asking.rows import RowFormat

    for options, other in ((OF_CHANGELOG, not from_changelog), (OF_INSTANCES, from_changelog)):
        for option in options if other else ():
            if typed(context, option):
                where = "the running instances" if from_changelog else "the changelog"
                raise typer.BadParameter(
                    f"{option} is for {where}: {'leave out' if from_changelog else 'add'} --from-changelog"
                )
    refuse_both(context, "--json", "--format")
    if key is not None and any(typed(context, option) for option in ("--from-key", "--to-key", "--prefix")):
        raise typer.BadParameter("KEY is one key, --from-key, --to-key and --prefix are many: leave KEY or them out")
    if format not in list(RowFormat):
        raise typer.BadParameter(f"--format is table, json or csv, not {format!r}")
    row_format = RowFormat.json if json else RowFormat(format)
    if not from_changelog:
        from kstream_cli.commands.asking.running_query import RunningQuery
        from kstream_cli.endpoint.running_store import Asked as AskedOfInstances
        from kstream_cli.operations.start_position import moment

        times = [None if text is None else moment(text) for text in (from_time, to_time, as_of)]
        code = RunningQuery.of(
            store,
            instances=instances,
            token_file=token_file,
            module=module,
            application_id=application_id,
            assignments=assignments,
            file=config,
            profile=profile,
            bootstrap_servers=bootstrap_servers,
        ).run(
            key,
            AskedOfInstances(
                from_key=from_key,
                to_key=to_key,
                prefix=prefix,
                from_time=times[0],
                to_time=times[1],
                as_of=times[2],
                committed=committed,
                stale=stale,
            ),
            limit=limit,
            format=row_format,
        )
        raise typer.Exit(code)
    from kstream_cli.commands.asking.query import Asked, Querying
    from kstream_cli.operations.store_layout import StoreKind

    if kind is not None and kind not in list(StoreKind):
        raise typer.BadParameter(f"--kind is one of {KINDS}, not {kind!r}")
    Querying.of(
        store,
        module=module,
        application_id=application_id,
        assignments=with_clusters(assignments, clusters),
        file=config,
        profile=profile,
        bootstrap_servers=bootstrap_servers,
        key_serde=key_serde,
        value_serde=value_serde,
        kind=None if kind is None else StoreKind(kind),
        window_size_ms=window_size,
    ).run(
        Asked(key, from_key, to_key, prefix, from_time, to_time),
        at=at,
        since=since,
        limit=limit,
        format=row_format,
    )
