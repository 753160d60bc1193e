from types import SimpleNamespace

import pytest

from kstream_cli import Stores, Topology
from kstream_cli.errors import StoreNotAvailableError, UnknownStoreError
from kstream_cli.runtime.interactive_queries import InteractiveQueries
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.states import State, ThreadState
from kstream_cli.task.task_id import TaskId


class Store:
    """Answers reads from a dict."""

    def __init__(self, **rows):
        self.rows = rows

    def get(self, key):
        return self.rows.get(key)

    def approximate_num_entries(self):
        return len(self.rows)


class Owner:
    """Answers questions at once, as a stream thread that is between two steps does."""

    name = "thread"
    state = ThreadState.RUNNING

    def __init__(self, stores, *, stale_stores=None, restoring=()):
        self.fresh = stores
        self.all = stores | (stale_stores or {})
        tasks = (TaskProgress("0_0", "restoring", (), restoring=tuple(restoring)),) if restoring else ()
        self.progress = ThreadProgress("thread", "RUNNING", 0.0, tasks=tasks)

    def put(self, question):
        stores = self.all if question.stale else self.fresh
        question.answer.set_result(question.ask({task: {"s": store} for task, store in stores.items()}))


def topology():
    return (
        Topology()
        .add_source("source", "in", key=str, value=str)
        .add_processor("p", lambda record, context: None, parents="source")
        .add_state_store(Stores.key_value("s", key=str, value=str), "p")
    )


def view(*owners, state=State.RUNNING, standby=None, name="s", partition=None, stale=False):
    queries = InteractiveQueries(lambda: state, lambda: list(owners), lambda: standby, dict)
    return queries.view(topology(), name, partition=partition, stale=stale, committed=False)


ONE, TWO = TaskId(0, 0), TaskId(0, 1)


def test_a_value_is_that_of_the_first_partition_that_has_one():
    assert view(Owner({ONE: Store(a=1)}), Owner({TWO: Store(b=2)})).get("b") == 2


def test_numbers_of_entries_are_added_up():
    assert view(Owner({ONE: Store(a=1), TWO: Store(b=2, c=3)})).approximate_num_entries() == 3


def test_one_partition_can_be_asked_alone():
    assert view(Owner({ONE: Store(a=1), TWO: Store(a=2)}), partition=1).get("a") == 2


def test_a_store_that_is_nowhere_here_is_not_available():
    with pytest.raises(StoreNotAvailableError, match=r"partition 1 is not here now.*for_key.*stale=True"):
        view(Owner({ONE: Store()}), partition=1).get("a")


def test_a_copy_being_restored_is_read_only_where_stale_answers_are_taken():
    owner = Owner({}, stale_stores={ONE: Store(a=1)})
    with pytest.raises(StoreNotAvailableError):
        view(owner).get("a")
    assert view(owner, stale=True).get("a") == 1


def test_a_standby_copy_is_read_only_where_stale_answers_are_taken():
    standby = Owner({}, stale_stores={TWO: Store(a=1)})
    assert view(Owner({ONE: Store()}), standby=standby).get("a") is None
    assert view(Owner({ONE: Store()}), standby=standby, stale=True).get("a") == 1


def test_reads_while_restoring_are_refused_with_what_is_left():
    restoring = [RestoreProgress("s", "log", 0, 10, 12_000), RestoreProgress("s", "log", 1, 0, 345)]
    owner = Owner({ONE: Store(a=1)}, restoring=restoring)
    with pytest.raises(StoreNotAvailableError, match=r"is being restored, 12,345 records are left: ask again, or with"):
        view(owner, state=State.REBALANCING).get("a")
    assert view(owner, state=State.REBALANCING, stale=True).get("a") == 1


def test_lags_are_those_of_running_restoring_and_standby_copies():
    def owner(partition, state, **given):
        task = TaskProgress(f"0_{partition}", state, (), **given)
        return SimpleNamespace(progress=ThreadProgress("thread", "RUNNING", 0.0, tasks=(task,)))

    restoring = owner(1, "restoring", restoring=(RestoreProgress("s", "log", 1, 10, 12_000),))
    threads = [owner(0, "running"), restoring, owner(3, "starting")]
    standby = owner(2, "standby", copies=(RestoreProgress("s", "log", 2, 10, 7),))
    queries = InteractiveQueries(lambda: State.RUNNING, lambda: threads, lambda: standby, dict)
    assert queries.lags(topology()) == {"s": {0: 0, 1: 12_000, 2: 7, 3: None}}


@pytest.mark.parametrize("state", [State.CREATED, State.NOT_RUNNING, State.ERROR])
def test_reads_are_refused_when_the_application_does_not_run(state):
    with pytest.raises(StoreNotAvailableError, match=state.value):
        view(Owner({ONE: Store(a=1)}), state=state, stale=True).get("a")


def test_a_name_that_no_store_has_is_told_with_those_there_are():
    with pytest.raises(UnknownStoreError, match="there is no store 'x'; there are: s"):
        view(name="x")


def test_a_view_cannot_be_written_to():
    with pytest.raises(AttributeError, match="only be read"):
        view(SimpleNamespace()).put("a", 1)
