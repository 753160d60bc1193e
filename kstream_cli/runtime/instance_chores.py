"""The chores of one instance of an application: topics and requests to shut down watched, old state deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kstream_cli.runtime.chores import Chore, Chores
from kstream_cli.runtime.clients.spanning_supplier import SpanningSupplier
from kstream_cli.runtime.cluster.shutdown_request import ShutdownRequest, shutdown_group
from kstream_cli.runtime.cluster.written_topics import WrittenTopics
from kstream_cli.runtime.cluster_chores import ClusterChores
from kstream_cli.runtime.restore.state_cleaner import StateCleaner
from kstream_cli.runtime.streams_group.group import StreamsGroup
from kstream_cli.runtime.threads.application import Application
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.topic_watch import TopicWatch
from kstream_cli.topology.internal_topics import internal_topics

CLEAN_SECONDS = 60.0
END_SECONDS = 2.0
LOOK_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 3.0
AGREE_SECONDS = 0.5
SHUTDOWN_REQUEST_SECONDS = 2.0
WRITTEN_SECONDS = 5.0


class InstanceChores(Chores):
    """`on_shutdown_request` is called when another instance asked the whole application to shut down.

    `on_topic_error` is called when topics were deleted or changed so that the application cannot go on.
    """

    def __init__(
        self,
        application: Application,
        state: Callable[[], State],
        *,
        on_shutdown_request: Callable[[], None],
        on_topic_error: Callable[[BaseException], None],
    ) -> None:
        config = application.config
        self._state = state
        self._on_shutdown_request = on_shutdown_request
        self._cleaner = StateCleaner(application.directory)
        self._delay_ms = config.state_cleanup_delay_ms
        self._request: ShutdownRequest | StreamsGroup | None = None
        chores = [Chore(self._clean, max(1.0, min(self._delay_ms / 1000, CLEAN_SECONDS)))]
        self._watch = TopicWatch(application, on_topic_error)
        self._look = Chore(self._look_at_topics, max(LOOK_SECONDS, config.metadata_max_age_ms / 1000))
        if application.placement.carriers:
            chores += [self._look, Chore(self._watch.agree, AGREE_SECONDS, at_once=True)]
            consumer = _watching_consumer(application)
            self._request = application.streams_group or ShutdownRequest(
                consumer, application.placement.subscription[0], application.clock
            )
            chores.append(
                Chore(WrittenTopics(consumer, written_topics(application)).look, WRITTEN_SECONDS, at_once=True)
            )
            chores.append(Chore(self._look_for_request, SHUTDOWN_REQUEST_SECONDS, at_once=True))
        supplier = application.supplier
        self._clusters = ClusterChores(application, supplier) if isinstance(supplier, SpanningSupplier) else None
        super().__init__(f"{application.client_id}-Chores", chores)

    def start(self) -> None:
        super().start()
        if self._clusters is not None:
            self._clusters.start()

    def look_at_topics(self) -> None:
        """Have the topics looked at soon. May be called by any thread."""
        self.soon(self._look, LOOK_SECONDS)

    def end(self) -> None:
        """Stop, and wait a moment: not for a chore that asks a cluster which does not answer."""
        self.stop()
        if self._clusters is not None:
            self._clusters.end()
        if self.is_alive():
            self.join(END_SECONDS)

    def shut_down_everywhere(self) -> None:
        """Ask all other instances to shut down; they obey within a few seconds."""
        if self._request is not None:
            self._request.send()

    def run(self) -> None:
        try:
            super().run()
        finally:
            if self._request is not None:
                self._request.close()

    def _clean(self) -> None:
        # While tasks are being given out, one whose directory is not locked yet may be about to come back.
        if self._state() is State.RUNNING:
            self._cleaner.clean(self._delay_ms)

    def _look_at_topics(self) -> None:
        if self._state().is_running_or_rebalancing and not self._watch.look():
            self.soon(self._look, LOOK_AGAIN_SECONDS)

    def _look_for_request(self) -> None:
        if self._request is not None and self._state().is_running_or_rebalancing and self._request.look():
            self._on_shutdown_request()


def written_topics(application: Application) -> set[str]:
    """The topics that the application writes to, but for those that each record names."""
    topology, application_id = application.topology, application.config.application_id
    sinks = {topic for subtopology in application.subtopologies.values() for topic in subtopology.sink_topics}
    written = {topology.topic_name(topic, application_id) for topic in sinks}
    return written | internal_topics(topology, application_id)


def _watching_consumer(application: Application) -> Any:
    """A consumer of no topic, in the group of requests to shut down."""
    config = application.config
    settings = {
        **config.consumer("restore"),
        "client.id": f"{application.client_id}-shutdown-consumer",
        "group.id": shutdown_group(config.application_id),
    }
    return application.supplier.consumer(settings)
