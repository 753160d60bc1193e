"""KafkaStreams: an application running against a cluster, as its owner sees it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from kstream_cli.config import Config
from kstream_cli.errors import ApplicationShutdownError, StateError
from kstream_cli.logs import logger
from kstream_cli.processor.metrics import Metrics
from kstream_cli.runtime.clients.client_supplier import ClientSupplier
from kstream_cli.runtime.clients.spanning_supplier import supplier_for
from kstream_cli.runtime.cluster.assignment import CurrentPlacement
from kstream_cli.runtime.cluster.group_offsets import GroupOffsets
from kstream_cli.runtime.cluster.preparation import Preparation, prepare
from kstream_cli.runtime.instance_chores import InstanceChores
from kstream_cli.runtime.interactive_queries import InteractiveQueries
from kstream_cli.runtime.listeners import TellingStreams
from kstream_cli.runtime.metrics import InstanceMetrics
from kstream_cli.runtime.observable import ObservableStreams
from kstream_cli.runtime.restore.process_id import ProcessId
from kstream_cli.runtime.restore.state_cleaner import delete_state
from kstream_cli.runtime.restore.state_directory import open_state_directory
from kstream_cli.runtime.shutdown import end_threads
from kstream_cli.runtime.state_notifier import StateNotifier
from kstream_cli.runtime.streams_group.group import streams_group
from kstream_cli.runtime.streams_metadata import GroupMetadata
from kstream_cli.runtime.threads.application import Application, application_directory, cache_share
from kstream_cli.runtime.threads.global_thread import GlobalThread, make_global_thread
from kstream_cli.runtime.threads.standby_thread import StandbyThread
from kstream_cli.runtime.threads.states import State, ThreadState
from kstream_cli.runtime.threads.stream_thread import StreamThread
from kstream_cli.runtime.threads.thread_clients import ThreadClients, wall_clock
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics
from kstream_cli.runtime.uncaught_exceptions import UncaughtExceptions, as_exception
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.cluster_check import check_clusters, without_unused_clusters
from kstream_cli.topology.serde_check import check_serdes
from kstream_cli.topology.topology import Topology, built

log = logger(__name__)


class KafkaStreams(ObservableStreams, TellingStreams):
    """Runs a topology, or a StreamsBuilder, in stream threads (Java: KafkaStreams). Use it once; `with` closes it.

    `start` raises what stops the application from starting. A later error ends it in state ERROR, and is in `error`::

        with KafkaStreams(builder, config) as streams:
            streams.start()
            streams.wait()
    """

    def __init__(
        self, topology: Topology | Any, config: Mapping[str, Any] | Config, *, clients: ClientSupplier | None = None
    ) -> None:
        self.config = Config.from_mapping(config)
        self.config.require("application.id", "bootstrap.servers")
        for name, remedy in self.config.without_effect().items():
            log.warning("%s is known, but has no effect in kstream%s", name, remedy and f": {remedy}")
        self.topology: Topology = built(topology, self.config)
        self.topology.validate()
        check_serdes(self.topology, self.config)
        check_clusters(self.topology, self.config)
        self.config = without_unused_clusters(self.topology, self.config)
        self.error: BaseException | None = None
        self.application_shutdown = False
        """Whether the error ends all instances of the application: this one asked them, or was asked."""
        self._supplier = supplier_for(self.config, clients or self.config.default_client_supplier)
        self._state = State.CREATED
        self._lock = threading.RLock()
        """Guards the state and the list of threads."""
        self._ended = threading.Event()
        self._threads: list[StreamThread] = []
        self._application: Application | None = None
        self._global: GlobalThread | None = None
        self._standby: StandbyThread | None = None
        self._chores: InstanceChores | None = None
        self._process_id = ProcessId(application_directory(self.config))
        self._paused = False
        self._notifier = StateNotifier()
        self._starter: threading.Thread | None = None
        """The thread that is in `start`, until that is over."""
        self._start_is_over = threading.Event()
        self._uncaught = UncaughtExceptions(
            self._lock,
            lambda: self._state.is_running_or_rebalancing,
            replace=self._replace_thread,
            fail=self._fail,
            note=self._note_late_error,
        )
        self._metrics = InstanceMetrics(
            self.config, self.topology, lambda: self._state, lambda: list(self._threads), self.progress
        )
        self._group: GroupMetadata | None = None
        self._queries = InteractiveQueries(
            lambda: self._state, lambda: list(self._threads), lambda: self._standby, self._global_stores
        )

    def clean_up(self) -> None:
        """Delete the application's local state. Raises StateError unless before `start` or after `close`."""
        with self._lock:
            if self._state is not State.CREATED and not self._state.has_ended:
                raise StateError("local state can only be deleted before start or after close")
        delete_state(application_directory(self.config))

    @property
    def state(self) -> State:
        """Where the application is now."""
        return self._state

    def start(self) -> None:
        """Make the internal topics, fill the global stores, and start the stream threads. Once only (StateError)."""
        with self._lock:
            if self._state is not State.CREATED:
                raise StateError("an application is started once: make a new KafkaStreams to run it again")
            self._to(State.REBALANCING)
            self._starter = threading.current_thread()
        try:
            self._start()
        except BaseException as error:
            self._end_in_error(error)
            raise
        finally:
            self._starter = None
            self._start_is_over.set()

    def close(self, timeout: float | None = None, *, leave_group: bool | None = None) -> bool:
        """Commit, give the tasks back, leave the group, and stop all threads.

        Waits up to `timeout` seconds (default: until all is done); returns whether all is done. Called on one of the
        application's own threads, it begins the shutdown and returns False. A last commit that failed is in `error`.
        Members with a `group.instance.id` stay in the group, all others leave it; `leave_group` (KIP-1153) asks for the
        opposite, which the classic protocol cannot do: StateError.
        """
        stays = self.config.group_instance_id is not None
        if self._application is not None and self._application.streams_group is not None:
            self._application.streams_group.leaves = leave_group
        elif leave_group is stays:
            raise StateError(
                "the Kafka client library cannot take a static member out of its group: it leaves once "
                "session.timeout.ms is over"
                if stays
                else "the Kafka client library takes members out of their group on close: give them a "
                "group.instance.id, and they stay in it until session.timeout.ms is over"
            )
        with self._lock:
            is_new = self._state is State.CREATED
            if is_new or self._state.is_running_or_rebalancing:
                self._to(State.PENDING_SHUTDOWN)
                if not is_new:
                    self._shut_down_in_background(State.NOT_RUNNING)
        if is_new:
            self._finish(State.NOT_RUNNING)
        return self._ended.is_set() if self._is_own_thread() else self._ended.wait(timeout)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the application has ended; raises the error that ended it.

        Returns False after `timeout` seconds, or at once on one of the application's own threads.
        """
        if not (self._ended.is_set() if self._is_own_thread() else self._ended.wait(timeout)):
            return False
        if self.error is not None:
            raise self.error
        return True

    def __enter__(self) -> KafkaStreams:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # Threads

    def add_stream_thread(self) -> str | None:
        """Start one more stream thread; returns its name, or None if the application is not running (KIP-663)."""
        with self._lock:
            if not self._state.is_running_or_rebalancing or self._application is None:
                return None
            return self._start_thread(self._application)

    def remove_stream_thread(self, timeout: float | None = None) -> str | None:
        """Stop one stream thread, if possible not the calling one; returns its name, or None if there is none."""
        with self._lock:
            alive = [thread for thread in self._threads if thread.state.is_alive]
            if not self._state.is_running_or_rebalancing or not alive:
                return None
            others = [thread for thread in alive if thread is not threading.current_thread()]
            leaving = (others or alive)[-1]
        leaving.stop()
        if leaving is not threading.current_thread():
            leaving.join(timeout)
        return leaving.name

    def pause(self) -> None:
        """Stop processing and punctuating; the group membership stays, and restoring continues (KIP-834)."""
        self._set_paused(True)

    def resume(self) -> None:
        """Process again after `pause`."""
        self._set_paused(False)

    @property
    def is_paused(self) -> bool:
        """Whether `pause` was called, and `resume` was not called since."""
        return self._paused

    # Insides

    def _is_own_thread(self) -> bool:
        """Whether the application cannot end before the calling thread does something else."""
        current = threading.current_thread()
        return current in (self._starter, self._notifier.thread) or current.name.startswith(
            f"{self._metrics.client_id}-"
        )

    def _start(self) -> None:
        config = self.config
        admin = self._supplier.admin(config.admin())
        with GroupOffsets(self._supplier, config, admin) as offsets:
            prepared = prepare(self.topology, config, admin, offsets=offsets)
        open_state_directory(config, application_directory(config))
        process_id = self._process_id.acquire()
        client_id = self._metrics.client_id = config.client_id or f"{config.application_id}-{process_id}"
        self._application = Application(
            config=config,
            topology=self.topology,
            subtopologies=self.topology.subtopologies(),
            topics=CurrentPlacement(prepared.placement),
            supplier=self._supplier,
            admin=admin,
            process_id=process_id,
            client_id=client_id,
            global_stores=self._fill_global_stores(prepared, client_id),
            restore_listener=self._restore_listener,
            standby_listener=self._standby_listener,
            repartition_topics=prepared.repartition_topics,
            global_partitions=prepared.global_partitions,
            clock=wall_clock,
            release_standbys=self._release_standbys,
            look_at_topics=self._look_at_topics,
            cache_bytes=lambda: cache_share(config, self._threads, self._global),
            streams_group=streams_group(self.topology, config, admin, process_id=process_id, client_id=client_id),
            health=getattr(self._supplier, "health", None),
        )
        self._group = GroupMetadata(self._application)
        self._chores = InstanceChores(
            self._application,
            lambda: self._state,
            on_shutdown_request=self._obey_shutdown_request,
            on_topic_error=lambda error: self._uncaught.of_instance(error, may_go_on=True),
        )
        with self._lock:
            if not self._state.is_running_or_rebalancing:  # closed meanwhile
                return
            if self._global is not None:
                self._global.start()
            self._chores.start()
            if config.num_standby_replicas or self._application.streams_group is not None:
                self._standby = StandbyThread(f"{client_id}-StandbyThread", self._application)
                self._standby.start()
            threads = config.num_stream_threads if prepared.placement.carriers else 0
            for _ in range(threads):
                self._start_thread(self._application)
            if not threads:
                self._to(State.RUNNING)

    def _fill_global_stores(self, prepared: Preparation, client_id: str) -> Mapping[str, Any]:
        if not self.topology.global_stores:
            return {}
        self._global = make_global_thread(
            self.topology,
            self.config,
            supplier=self._supplier,
            client_id=client_id,
            partitions=prepared.global_partitions,
            on_error=self._uncaught.of_instance,
        )
        self._global.fill()
        return self._global.task.stores

    def _global_stores(self) -> Mapping[str, Any]:
        return {} if self._global is None else self._global.task.stores

    def _release_standbys(self, tasks: Iterable[TaskId]) -> None:
        if self._standby is not None:
            self._standby.release(tasks)

    def _look_at_topics(self) -> None:
        if self._chores is not None:
            self._chores.look_at_topics()

    def _start_thread(self, application: Application, *, wait_seconds: float = 0.0) -> str:
        """Start a thread under the lowest free number; it does nothing before the time given is up."""
        taken = {thread.name for thread in self._threads if thread.state is not ThreadState.DEAD}
        index = 1
        while (name := f"{application.client_id}-StreamThread-{index}") in taken:
            index += 1
        number = index
        thread = StreamThread(
            name,
            make_clients=lambda made: ThreadClients(application, made, number),
            metrics=ThreadMetrics(Metrics(self.config, {"thread-id": name})),
            on_state=self._thread_changed,
            on_end=self._thread_ended,
            wait_seconds=wait_seconds,
        )
        thread.pause(self._paused)
        self._threads = [*(each for each in self._threads if each.name in taken), thread]
        thread.start()
        return name

    def _set_paused(self, paused: bool) -> None:
        with self._lock:
            self._paused = paused
            for thread in self._threads:
                thread.pause(paused)

    def _thread_changed(self) -> None:
        """The application runs when all of its threads do."""
        with self._lock:
            if not self._state.is_running_or_rebalancing:
                return
            alive = [thread for thread in self._threads if thread.state.is_alive]
            running = bool(alive) and all(thread.state is ThreadState.RUNNING for thread in alive)
            state = State.RUNNING if running else State.REBALANCING
            if state is not self._state:
                self._to(state)

    def _thread_ended(self, thread: StreamThread, error: BaseException | None) -> None:
        """Called on the thread's last breath."""
        if error is not None:
            self._metrics.failed_threads += 1
            self._uncaught.of_thread(thread.name, error)

    def _replace_thread(self, wait_seconds: float) -> None:
        if self._application is not None:
            self._start_thread(self._application, wait_seconds=wait_seconds)

    def _note_late_error(self, error: Exception) -> None:
        self.error = self.error or error

    def _obey_shutdown_request(self) -> None:
        with self._lock:
            if self._state.is_running_or_rebalancing:
                error = ApplicationShutdownError("another instance asked the whole application to shut down")
                log.error("%s", error)
                self._fail(error)

    def _fail(self, error: Exception, everywhere: bool = False) -> None:
        """End in ERROR; `everywhere`: have all instances of the application do so."""
        self.error = error
        self.application_shutdown = everywhere or isinstance(error, ApplicationShutdownError)
        self._to(State.PENDING_ERROR)
        self._shut_down_in_background(State.ERROR, everywhere=everywhere)

    def _end_in_error(self, error: BaseException) -> None:
        with self._lock:
            if not self._state.is_running_or_rebalancing:
                return
            self.error = as_exception(error, "the start")
            self._to(State.PENDING_ERROR)
        self._start_is_over.set()
        self._shut_down(State.ERROR)

    def _shut_down_in_background(self, end: State, *, everywhere: bool = False) -> None:
        """A stream thread cannot wait for itself to end, nor the caller for longer than it wants."""
        threading.Thread(
            target=self._shut_down,
            args=(end,),
            kwargs={"everywhere": everywhere},
            name=f"{self._metrics.client_id}-shutdown",
            daemon=True,
        ).start()

    def _shut_down(self, end: State, *, everywhere: bool = False) -> None:
        end_threads(
            [*self._threads, *([] if self._standby is None else [self._standby])],
            self._global,
            self._chores,
            start_is_over=self._start_is_over,
            everywhere=everywhere,
        )
        self._finish(end)

    def _finish(self, end: State) -> None:
        self._process_id.release()
        with self._lock:
            self._to(end)
        self._notifier.end()
        self._ended.set()

    def _to(self, state: State) -> None:
        """Only with the lock, so that changes are told in their order."""
        old, self._state = self._state, self._state.to(state)
        log.info("%s: %s, was %s", self.config.application_id, state.value, old.value)
        self._notifier.tell(state, old)
