"""Reading the stores of a running application from other threads, each read answered by the thread that owns the store.

So a read sees the newest write of a whole step, never half of one, and no store needs a lock. A read of committed state
is answered right after a commit, when the newest writes are the committed ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from kstream_cli.errors import StoreNotAvailableError, UnknownStoreError
from kstream_cli.runtime.threads.questions import LocalStores, Question
from kstream_cli.runtime.threads.standby_thread import StandbyThread
from kstream_cli.runtime.threads.states import State
from kstream_cli.runtime.threads.stream_thread import StreamThread
from kstream_cli.state.store import StateStore, StoreIterator
from kstream_cli.task.task_id import TaskId
from kstream_cli.topology.topology import Topology

ANSWER_SECONDS = 30.0
READS = frozenset(
    {
        "all",
        "approximate_num_entries",
        "backward_all",
        "backward_fetch",
        "backward_fetch_all",
        "backward_fetch_keys",
        "backward_fetch_range",
        "backward_find_sessions",
        "backward_find_sessions_of_keys",
        "fetch",
        "fetch_all",
        "fetch_keys",
        "fetch_range",
        "fetch_session",
        "find_sessions",
        "find_sessions_by_end",
        "find_sessions_of_keys",
        "get",
        "prefix_scan",
        "range",
        "reverse_all",
        "reverse_range",
    }
)

Read = Callable[[StateStore], Any]


class ReadOnlyView:
    """The local partitions of one store, with the store's own reading methods.

    A method that gives one value gives that of the first partition that has one; one that gives rows gives a list of
    those of all partitions, one partition after the other.
    """

    def __init__(self, name: str, ask: Callable[[Read], list[Any]]) -> None:
        self._name = name
        self._ask = ask

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method not in READS:
            raise AttributeError(f"a view of store {self._name!r} has no {method!r}: it can only be read")

        def read(*arguments: Any, **options: Any) -> Any:
            def of(store: StateStore) -> Any:
                result = getattr(store, method)(*arguments, **options)
                if isinstance(result, StoreIterator):
                    with result as rows:
                        return list(rows)
                return result

            return _combined(method, self._ask(of))

        return read


class InteractiveQueries:
    """Finds the owners of a store, and asks them."""

    def __init__(
        self,
        state: Callable[[], State],
        threads: Callable[[], list[StreamThread]],
        standby: Callable[[], StandbyThread | None],
        global_stores: Callable[[], Mapping[str, StateStore]],
    ) -> None:
        self._state = state
        self._threads = threads
        self._standby = standby
        self._global_stores = global_stores

    def view(
        self, topology: Topology, name: str, *, partition: int | None, stale: bool, committed: bool
    ) -> ReadOnlyView:
        """A view of a store; raises UnknownStoreError when the topology has none of that name."""
        _check_known(topology, name)

        def ask(read: Read) -> list[Any]:
            return [*self.ask(topology, name, read, partition=partition, stale=stale, committed=committed).values()]

        return ReadOnlyView(name, ask)

    def ask(
        self,
        topology: Topology,
        name: str,
        read: Read,
        *,
        partition: int | None,
        stale: bool,
        committed: bool,
        seconds: float = ANSWER_SECONDS,
    ) -> dict[int, Any]:
        """What `read` gives for each local partition of a store; a global store is the partition -1."""
        _check_known(topology, name)
        if name in topology.global_stores:
            return {-1: read(self._global_store(name))}
        return self._ask(name, read, partition=partition, stale=stale, committed=committed, seconds=seconds)

    def lags(self, topology: Topology) -> dict[str, dict[int, int | None]]:
        """By store and partition: 0 for tasks that run, what is left to restore for others, standby copies too."""
        lags: dict[str, dict[int, int | None]] = {}
        subtopologies = topology.subtopologies()
        standby = self._standby()
        for owner in (*(() if standby is None else (standby,)), *self._threads()):
            for task in owner.progress.tasks:
                task_id = TaskId.parse(task.task)
                left = {each.store: each.remaining for each in (*task.restoring, *task.copies)}
                for store in subtopologies[task_id.subtopology].stores:
                    done = 0 if task.state == "running" else None
                    lags.setdefault(store, {})[task_id.partition] = left.get(store, done)
        return lags

    def _global_store(self, name: str) -> StateStore:
        self._check_state(name, stale=True)
        try:
            return self._global_stores()[name]
        except KeyError:
            raise StoreNotAvailableError(f"global store {name!r} is not filled yet") from None

    def _ask(
        self, name: str, read: Read, *, partition: int | None, stale: bool, committed: bool, seconds: float
    ) -> dict[int, Any]:
        self._check_state(name, stale=stale)

        def read_all(stores: LocalStores) -> list[tuple[int, Any]]:
            return [
                (task_id.partition, read(of_task[name]))
                for task_id, of_task in stores.items()
                if name in of_task and partition in (None, task_id.partition)
            ]

        asked = []
        owners: list[StreamThread | StandbyThread] = [thread for thread in self._threads() if thread.state.is_alive]
        standby = self._standby() if stale else None
        if standby is not None:
            owners.append(standby)
        for owner in owners:
            question = Question(read_all, stale=stale, committed=committed)
            owner.put(question)
            asked.append((owner.name, question))
        until = time.monotonic() + seconds
        try:
            results = dict(pair for owner, question in asked for pair in _answer(name, owner, question, until, seconds))
        finally:
            for _, question in asked:
                question.answer.cancel()  # What nobody waits for is not worked out.
        if not results:
            where = "" if partition is None else f", partition {partition}"
            hint = "" if stale else " (stale=True shows what is being restored, and standby copies)"
            raise StoreNotAvailableError(
                f"store {name!r}{where} is not here now: it is with another instance, which query_metadata_for_key "
                f"names, or being restored{hint}"
            )
        return results

    def _check_state(self, name: str, *, stale: bool) -> None:
        state = self._state()
        if state is State.RUNNING or (stale and state is State.REBALANCING):
            return
        if state is not State.REBALANCING:
            raise StoreNotAvailableError(f"store {name!r} cannot be read while the application is {state.value}")
        raise StoreNotAvailableError(f"store {name!r} {self._hindrance(name)}: ask again, or with stale=True")

    def _hindrance(self, name: str) -> str:
        """Why the store is not up to date while the application rebalances."""
        tasks = [task for thread in self._threads() for task in thread.progress.tasks]
        left = [each.remaining for task in tasks for each in task.restoring if each.store == name]
        if not left:
            return f"cannot be read while the application is {State.REBALANCING.value}"
        return "is being restored" + ("" if None in left else f", {sum(filter(None, left)):,} records are left")


def _answer(name: str, owner: str, question: Question, until: float, seconds: float) -> list[tuple[int, Any]]:
    try:
        found: list[tuple[int, Any]] = question.answer.result(max(0.0, until - time.monotonic()))
    except TimeoutError:
        why = "no commit was possible, or a record" if question.committed else "a record"
        raise StoreNotAvailableError(
            f"store {name!r} was not read within {seconds:g} s: {owner} is busy ({why} takes very long)"
        ) from None
    return found


def _check_known(topology: Topology, name: str) -> None:
    if name not in topology.stores and name not in topology.global_stores:
        known = ", ".join([*topology.stores, *topology.global_stores]) or "none"
        raise UnknownStoreError(f"there is no store {name!r}; there are: {known}")


def _combined(method: str, results: list[Any]) -> Any:
    if method == "approximate_num_entries":
        return sum(results)
    if isinstance(results[0], list):
        return [row for rows in results for row in rows]
    return next((result for result in results if result is not None), None)
