"""Starting an application: settings, topics, then one instance here, or several side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kstream_cli.broker.announcement import announced_broker
from kstream_cli.broker.embedded import QUICK_GROUPS
from kstream_cli.clusters import HOME
from kstream_cli.commands.loading.module_loader import TopologyModule, load_module
from kstream_cli.commands.loading.settings import gather
from kstream_cli.commands.output.standard_streams import give_back_standard_streams, say
from kstream_cli.commands.running.embedded_brokers import embedded_brokers
from kstream_cli.commands.running.embedded_run import SampleRun
from kstream_cli.commands.running.http_serving import HttpServing, check_endpoints, endpoint
from kstream_cli.commands.running.instance import Instance
from kstream_cli.commands.running.kept import Kept
from kstream_cli.commands.running.live_view import RunView, run_view
from kstream_cli.commands.running.metrics_page import MetricsPage, check_metrics_pages, served
from kstream_cli.commands.running.progress_lines import ProgressLines, tells_progress
from kstream_cli.commands.running.supervisor import Supervisor
from kstream_cli.config import Config
from kstream_cli.config.cluster_settings import CLUSTERS
from kstream_cli.errors import ConfigError
from kstream_cli.operations.application_reset import ApplicationReset, check_starts_at_beginning
from kstream_cli.runtime.clients.settings_check import check_client_settings
from kstream_cli.runtime.cluster.topic_setup import (
    TopicSetup,
    check_tasks,
    dead_letter_topics,
    global_topics,
    sink_topics,
    source_topics,
)
from kstream_cli.runtime.uncaught_exceptions import StreamThreadExceptionResponse
from kstream_cli.topology.cluster_check import check_clusters, used_clusters, without_unused_clusters
from kstream_cli.topology.serde_check import check_serdes
from kstream_cli.topology.topology import Topology

EMBEDDED_DEFAULTS: Mapping[str, Any] = {
    # A newcomer watches: results at once, and tables read before the streams that join them.
    "commit.interval.ms": 500,
    "max.task.idle.ms": 500,
    **QUICK_GROUPS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What `kstream run` was asked for."""

    module: str | None
    threads: int | None
    tasks: int | None
    processes: int
    create_topics: bool
    from_beginning: bool
    exit_when_idle: float | None
    on_error: StreamThreadExceptionResponse
    metrics: MetricsPage | None
    http: HttpServing | None
    profile: str | None
    port: int | None
    """Of the embedded broker."""
    assignments: tuple[str, ...]
    config_file: Path | None
    options: Mapping[str, Any]

    def on_cluster(self) -> int:
        """Run against the cluster that bootstrap.servers names; the exit code."""
        loaded = load_module(self.module)
        settings = self._settings(loaded, {})
        config = Config.from_mapping(settings)
        if not config.bootstrap_servers:
            raise ConfigError(
                "no cluster is named: give --bootstrap-servers HOST:PORT\nOr try it without one: kstream run --embedded"
            )
        topology = loaded.build(settings)
        self._check(topology, config)
        config = without_unused_clusters(topology, config)
        missing, partitions = self._missing_topics(topology, config)
        if self.from_beginning:
            ApplicationReset(config, topology).start_over()
        if made := TopicSetup(config).create(missing, partitions):
            say(f"made topics of {partitions} partition{'s' * (partitions > 1)}: {', '.join(made)}")
        give_back_standard_streams()
        return self._run(loaded, topology, config)

    def embedded(self) -> int:
        """Run on a broker of our own, fed with the module's samples; the exit code."""
        loaded = load_module(self.module)
        settings = self._settings(loaded, EMBEDDED_DEFAULTS)
        topology = loaded.build(settings)
        # Their brokers are started in a moment, each at an address of its own, and ask nobody who they are.
        clusters = sorted(used_clusters(topology, Config.from_mapping(settings)))
        settings = {name: value for name, value in settings.items() if not name.startswith(CLUSTERS)}
        settings |= {f"{CLUSTERS}{cluster}.bootstrap.servers": "127.0.0.1" for cluster in clusters}
        self._check(topology, Config.from_mapping(settings))
        with embedded_brokers(self.port, clusters) as (brokers, state, check_broker):
            bootstrap_servers = brokers[HOME]
            addresses = {f"{CLUSTERS}{cluster}.bootstrap.servers": brokers[cluster] for cluster in clusters}
            own = {"state.dir": str(state), **settings, "bootstrap.servers": bootstrap_servers, **addresses}
            config = Config.from_mapping(own)
            samples = SampleRun.of(loaded, topology, config)
            TopicSetup(config).create(samples.topics, self._partitions(config))
            kept = Kept.here()
            is_first = kept is None or kept.is_first_feed()
            if is_first:
                samples.feed()
            others = "".join(f", {cluster} at {brokers[cluster]}" for cluster in clusters)
            say(f"embedded broker at {bootstrap_servers}{others}; kstream send and kstream peek find it by themselves")
            with announced_broker(
                bootstrap_servers,
                command="kstream run --embedded",
                application_id=config.application_id,
                clusters={cluster: brokers[cluster] for cluster in clusters},
            ):
                return self._run(loaded, topology, config, samples, from_now=not is_first, check_broker=check_broker)

    def _check(self, topology: Topology, config: Config) -> None:
        """Find all that can be found wrong before a topic is made, a record fed or state deleted."""
        topology.validate()
        check_serdes(topology, config)
        check_clusters(topology, config)
        check_client_settings(config)
        check_metrics_pages(self.metrics, self.processes)
        check_endpoints(self.http, self.processes)
        if self.from_beginning:
            check_starts_at_beginning(topology, config)
        if self.processes > 1 and config.group_instance_id is not None:
            raise ConfigError(
                f"--processes {self.processes} and group.instance.id exclude one another: each process would take the "
                "others' place in the group. Start each instance alone, with its own id"
            )

    def _settings(self, loaded: TopologyModule, defaults: Mapping[str, Any]) -> dict[str, Any]:
        settings = gather(
            loaded,
            file=self.config_file,
            assignments=self.assignments,
            options=self.options,
            profile=self.profile,
        )
        return {**defaults, **({} if self.http is None else self.http.settings), **settings}

    def _partitions(self, config: Config) -> int:
        return self.tasks or config.num_stream_threads * self.processes

    def _missing_topics(self, topology: Topology, config: Config) -> tuple[list[str], int]:
        """Hold the topics to --tasks; which ones are to be made, and with how many partitions."""
        setup = TopicSetup(config)
        sources = source_topics(topology)
        every = [*sources, *global_topics(topology), *sink_topics(topology), *dead_letter_topics(config)]
        counts = setup.partitions(sources)
        if self.tasks is not None:
            check_tasks(counts, self.tasks)
        if not self.create_topics:
            setup.require(every)
        widest = max((count for count in counts.values() if count is not None), default=None)
        missing = [topic for topic, count in setup.partitions(every).items() if count is None]
        return missing, self.tasks or widest or self._partitions(config)

    def _run(
        self,
        loaded: TopologyModule,
        topology: Topology,
        config: Config,
        samples: SampleRun | None = None,
        *,
        from_now: bool = False,
        check_broker: Callable[[], None] = lambda: None,
    ) -> int:
        if tells_progress():
            view: RunView = ProgressLines(loaded.name, config)
        else:
            ends_on_error = self.on_error is not StreamThreadExceptionResponse.REPLACE_THREAD and self.processes == 1
            view = run_view(loaded.name, config, ends_on_error=ends_on_error)
        if samples is not None:
            samples.show(view, from_now=from_now)
        try:
            if self.processes > 1:
                arguments = self._arguments(config)
                pages = [page for page in (self.metrics, self.http) if page is not None]
                return Supervisor(
                    arguments,
                    self.processes,
                    view,
                    pages,
                    name=config.application_id,
                    assignments=self._assignments(config),
                    check_broker=check_broker,
                ).run()
            kept = Kept.here()
            instance = Instance(
                topology,
                config,
                view,
                on_error=self.on_error,
                idle_seconds=self.exit_when_idle,
                check_broker=check_broker,
                **({} if kept is None else {"on_running": kept.settle}),
            )
            with served(self.metrics, instance.streams), endpoint(self.http, instance.streams):
                return instance.run()
        finally:
            if samples is not None:
                samples.close()
                for line in samples.summary():
                    view.line(line)

    def _assignments(self, config: Config) -> list[str]:
        """The settings of one of several instances that it does not find by itself."""
        addresses = (f"{CLUSTERS}{cluster}.bootstrap.servers" for cluster in config.clusters)
        names = [name for name in ("state.dir", *EMBEDDED_DEFAULTS, *addresses) if name in config.original]
        return [*(f"{name}={config.original[name]}" for name in names), *self.assignments]

    def _arguments(self, config: Config) -> list[str]:
        """The command line of one of several instances: topics and offsets are ready by then."""
        arguments = ["run"] + ([self.module] if self.module else [])
        arguments += ["--bootstrap-servers", config.bootstrap_servers]
        if self.profile is not None:
            arguments += ["--profile", self.profile]
        if self.threads is not None:
            arguments += ["--threads", str(self.threads)]
        if self.config_file is not None:
            arguments += ["--config", str(self.config_file)]
        if self.exit_when_idle is not None:
            arguments += ["--exit-when-idle", str(self.exit_when_idle)]
        arguments += ["--on-error", self.on_error.name.lower().replace("_", "-")]
        if (lost := self.options.get("on.lost.offsets")) is not None:
            arguments += ["--on-lost-offsets", str(lost)]
        if (protocol := self.options.get("group.protocol")) is not None:
            arguments += ["--group-protocol", str(protocol)]
        if self.options.get("allow.orphans"):
            arguments.append("--allow-orphans")
        return arguments
