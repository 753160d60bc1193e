"""The loop of a task: its records to their sources in order of time, and its punctuations when they are due."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from kstream_cli.errors import ProcessingError, ProducerError, TaskCorruptedError, TaskMigratedError
from kstream_cli.processor.operator import Process
from kstream_cli.processor.punctuation import Schedule
from kstream_cli.record import NO_HEADERS, RawRecord
from kstream_cli.task.error_handling import ErrorHandling
from kstream_cli.task.failing_node import failing_node
from kstream_cli.task.partition_group import PartitionGroup
from kstream_cli.task.record_queue import RecordQueue
from kstream_cli.task.source_loop import source_loop
from kstream_cli.task.task_context import TaskContext
from kstream_cli.user_objects import of_user_code

NOT_WRAPPED = (ProcessingError, ProducerError, TaskCorruptedError, TaskMigratedError)
"""Errors that already say what failed, or are not about the record."""


class RecordLoop:
    """Processes what a task has buffered. `processes` are the task's fused nodes, for naming one that raised."""

    def __init__(
        self,
        context: TaskContext,
        group: PartitionGroup,
        processes: Mapping[str, Process],
        errors: ErrorHandling,
        clock: Callable[[], int],
    ) -> None:
        self._context = context
        self._group = group
        self._processes = processes
        self._errors = errors
        self._clock = clock
        self._loops: dict[RecordQueue, Callable[[int], None]] = {}

    def process(self, limit: int) -> int:
        """Process up to `limit` records, with the punctuations of stream time; how many there were."""
        group = self._group
        if group.only is not None:
            return self._process_only(group.only, limit)
        if not group.ready(self._clock()):
            return 0
        alone = group.release_alone()
        if alone is None:
            return self._process_earliest(limit)
        try:
            return self._process_only(alone, limit)
        finally:
            group.take_back(alone)

    def punctuate_wall_clock(self) -> bool:
        """Run the wall-clock punctuations that are due; False for none."""
        punctuations, now = self._context.by_wall_clock, self._clock()
        return punctuations.due <= now and punctuations.run(now, self.punctuate)

    def punctuate(self, schedule: Schedule, now: int) -> None:
        """Call one punctuation, outside of any record."""
        context = self._context
        context.current, context.timestamp, context.headers = None, now, NO_HEADERS
        began = time.perf_counter()
        try:
            schedule.punctuator(now)
        except NOT_WRAPPED:
            raise
        except Exception as error:
            self._errors.punctuation_failed(schedule, now, error)
        except BaseException as error:
            self.fail(error, None, moment="in a punctuation")
        context.punctuated(time.perf_counter() - began)

    def fail(self, error: BaseException, record: RawRecord | None, *, moment: str = "") -> NoReturn:
        """Raise what user code raised once more, with the processor and the record, or the moment, named.

        `sys.exit` is an error like any other; a test's own ways to end, and Ctrl-C, are not the record's business.
        """
        if isinstance(error, NOT_WRAPPED) or not isinstance(error, of_user_code()):
            raise error
        node = failing_node(error, self._processes)
        raise self._errors.processing_error(node, record, error, moment=moment) from error

    def _process_only(self, queue: RecordQueue, limit: int) -> int:
        """The short way while one input partition has records: no order to keep, nothing decoded ahead."""
        count = min(limit, len(queue.messages))
        if count:
            loop = self._loops.get(queue) or self._write_loop(queue)
            loop(count)
        return count

    def _write_loop(self, queue: RecordQueue) -> Callable[[int], None]:
        """Written with the first records, for these tell how records are read."""
        loop = source_loop(queue, self._context, fail=self.fail, punctuate=self._punctuate_stream_time)
        self._loops[queue] = loop
        return loop

    def _process_earliest(self, limit: int) -> int:
        """The way while several input partitions have records: the one with the smallest timestamp first."""
        context, punctuations, group = self._context, self._context.by_stream_time, self._group
        processed = 0
        ready = True
        while ready and processed < limit and (queue := group.head()) is not None:
            message, timestamp = queue.record, queue.time
            assert message is not None
            if timestamp > queue.partition_time:
                queue.partition_time = timestamp
            if timestamp > context.stream_time:
                context.stream_time = timestamp
            context.current = message
            try:
                queue.process(queue.key, queue.value, timestamp, queue.headers)
            except BaseException as error:
                queue.fail(message)
                self.fail(error, message)
            finally:
                context.current = None
                queue.skip(message)
                group.advance()
            processed += 1
            if punctuations.due <= context.stream_time:
                self._punctuate_stream_time()
            if queue.record is None:
                ready = group.ready(self._clock())
        return processed

    def _punctuate_stream_time(self) -> None:
        self._context.by_stream_time.run(self._context.stream_time, self.punctuate)
