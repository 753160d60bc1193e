from kstream_cli.runtime.threads.backoff import Backoff


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_each_failure_in_a_row_costs_a_longer_wait_up_to_a_limit() -> None:
    backoff = Backoff(first_seconds=1, most_seconds=5, clock=Clock())
    assert [backoff.failed() for _ in range(6)] == [0, 1, 2, 4, 5, 5]
    assert str(backoff) == "6 times in 0 s"


def test_failures_are_forgotten_after_a_calm_time() -> None:
    clock = Clock()
    backoff = Backoff(calm_seconds=60, clock=clock)
    backoff.failed()
    backoff.failed()
    clock.now += 62
    assert backoff.failed() == 0
    assert str(backoff) == "the first time"


def test_calm_is_counted_from_the_next_try_and_not_from_the_failure() -> None:
    clock = Clock()
    backoff = Backoff(first_seconds=1, calm_seconds=60, clock=clock)
    assert [backoff.failed() for _ in range(3)] == [0, 1, 2]
    clock.now += 62
    assert backoff.failed() == 4
    clock.now += 64.1
    assert backoff.failed() == 0
