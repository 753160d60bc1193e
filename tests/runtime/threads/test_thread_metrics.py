import pytest

from kstream_cli import Config, KafkaStreams, StreamsBuilder
from kstream_cli.processor.metrics import MetricName, Metrics
from kstream_cli.runtime.threads.progress import RestoreProgress, TaskProgress, ThreadProgress
from kstream_cli.runtime.threads.states import ThreadState
from kstream_cli.runtime.threads.thread_metrics import ThreadMetrics, task_gauges

THREAD = {"thread-id": "app-StreamThread-1"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def metrics(clock):
    return ThreadMetrics(Metrics(Config.from_mapping({"application.id": "app"}), THREAD, clock=clock))


def value(metrics, name, group="stream-thread-metrics"):
    return metrics.values()[MetricName(name, group, THREAD)]


def test_latency_is_that_of_one_record_and_total_counts_records(metrics):
    metrics.processed(seconds=0.5, records=100)
    metrics.observe()
    assert value(metrics, "process-latency-avg") == 5.0
    assert value(metrics, "process-records-max") == 100
    assert value(metrics, "process-total") == 100


def test_polls_and_commits_count_as_time_blocked(metrics, clock):
    metrics.polled(seconds=1.5, records=3)
    metrics.committed(seconds=0.5)
    clock.now = 8.0
    assert value(metrics, "blocked-time-ns-total") == 2_000_000_000
    assert value(metrics, "commit-ratio") == 0.0625
    assert (value(metrics, "poll-total"), value(metrics, "poll-records-avg")) == (1, 3)


def test_tasks_made_and_closed_are_counted(metrics):
    metrics.created_task()
    metrics.created_task()
    metrics.closed_task()
    assert (value(metrics, "task-created-total"), value(metrics, "task-closed-total")) == (2, 1)


def test_state_is_told_as_text_and_as_number(metrics):
    metrics.bind(lambda: ThreadState.RUNNING, lambda: ThreadProgress("t", "RUNNING", 0.0))
    assert value(metrics, "state") == "RUNNING"
    assert value(metrics, "thread-state") == 4


def test_tasks_that_are_restored_are_counted(metrics):
    restoring = RestoreProgress("counts", "app-counts-changelog", 0, restored=10, remaining=5)
    tasks = (TaskProgress("0_0", "running", ()), TaskProgress("0_1", "restoring", (), restoring=(restoring,)))
    metrics.bind(lambda: ThreadState.RUNNING, lambda: ThreadProgress("t", "RUNNING", 0.0, tasks=tasks))
    assert value(metrics, "active-restoring-tasks", "stream-state-updater-metrics") == 1


def test_lag_and_age_of_the_last_progress_are_told_of_each_task():
    task = TaskProgress("0_0", "running", (), lag=12, last_progress=90.0)
    found = task_gauges(ThreadProgress("t", "RUNNING", 100.0, tasks=(task,)), now=100.0)
    tags = {"thread-id": "t", "task-id": "0_0"}
    assert found == {
        MetricName("records-lag", "stream-task-metrics", tags): 12,
        MetricName("seconds-since-progress", "stream-task-metrics", tags): 10.0,
    }


def test_standby_copies_are_counted():
    tasks = (TaskProgress("0_0", "standby", ()), TaskProgress("0_1", "standby", ()))
    found = task_gauges(ThreadProgress("s", "RUNNING", 100.0, tasks=tasks), now=100.0)
    assert found == {MetricName("standby-updating-tasks", "stream-state-updater-metrics", {"thread-id": "s"}): 2}


def test_an_application_tells_its_own_metrics_before_it_starts(tmp_path):
    builder = StreamsBuilder()
    builder.stream("in", key=str, value=str).to("out")
    streams = KafkaStreams(
        builder, {"application.id": "app", "bootstrap.servers": "127.0.0.1:1", "state.dir": str(tmp_path)}
    )
    found = {name.name: each for name, each in streams.metrics().items()}
    assert (found["state"], found["client-state"], found["alive-stream-threads"]) == ("CREATED", 0, 0)
    assert found["application-id"] == "app"
    assert found["topology-description"] == str(builder.build().describe())
