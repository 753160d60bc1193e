"""Shows the instances that answered at their endpoints."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from kstream_cli.commands.output.status_schemas import InstanceStatus, RestoringStatus
from kstream_cli.endpoint.instances import SeenInstances
from kstream_cli.operations.instance_facts import InstanceFacts

_MOST_RESTORING = 10


def statuses_of(seen: SeenInstances, topology: str | None) -> tuple[InstanceStatus, ...]:
    """How each instance is; `topology` is the hash of the module's."""
    return tuple(_status(server, facts, topology) for server, facts in seen.facts.items())


def instance_table(instances: tuple[InstanceStatus, ...]) -> Table:
    """For a terminal: one line each."""
    table = Table(box=None, pad_edge=False, header_style="muted")
    for title in ("instance", "at", "state", "tasks", "lag", "topology"):
        table.add_column(title, overflow="fold", justify="right" if title == "lag" else "left")
    for each in instances:
        state = f"{each.state}, paused" if each.paused else each.state
        lag = "-" if each.lag is None else f"{each.lag:,}"
        tasks = ", ".join(each.tasks) or "-"
        table.add_row(
            Text(each.name), Text(each.server), Text(state), Text(tasks), lag, Text(each.topology[:8], "muted")
        )
    return table


def instance_warnings(seen: SeenInstances, instances: tuple[InstanceStatus, ...]) -> Iterator[Text]:
    """What is not as it should be: each a line."""
    if len(seen.topologies) > 1:
        which = "; ".join(f"{hashed[:8]}: {', '.join(names)}" for hashed, names in seen.topologies.items())
        yield Text(f"instances run different topologies ({which}): a rolling update that is not through?", "warning")
    elif any(each.is_this_topology is False for each in instances):
        yield Text("the instances run another topology than this module's", "warning")
    for each in instances:
        for store in each.restoring[:_MOST_RESTORING]:
            yield Text(f"{each.name} {_restoring(store)}", "warning")
        if len(each.restoring) > _MOST_RESTORING:
            yield Text(f"{each.name} restores {len(each.restoring) - _MOST_RESTORING} stores more", "warning")
        for text in each.stuck:
            yield Text(f"{each.name} {text}", "warning")
        if each.last_error is not None:
            yield Text(f"{each.name}: last error: {each.last_error}", "warning")
    for reason in seen.away.values():
        yield Text(reason, "warning")


def _status(server: str, facts: InstanceFacts, topology: str | None) -> InstanceStatus:
    tasks = [task for thread in facts.threads for task in thread.tasks]
    active = [task for task in tasks if task.state != "standby"]
    lags = [task.lag for task in active]
    return InstanceStatus(
        server=server,
        name=facts.client_id,
        kstream=facts.kstream,
        topology=facts.topology,
        is_this_topology=None if topology is None else facts.topology == topology,
        state=facts.state,
        paused=facts.paused,
        tasks={task.task: task.state for task in tasks},
        lag=None if None in lags else sum(lag or 0 for lag in lags),
        restoring=tuple(
            RestoringStatus(
                task=task.task,
                store=each.store,
                restored=each.restored,
                remaining=each.remaining,
                seconds_left=each.seconds_left(facts.time),
            )
            for task in active
            for each in task.restoring
        ),
        stuck=tuple(
            f"hangs for {each.seconds:.0f} s in {each.thread}" + ("" if each.at is None else f", at {each.at}")
            for each in facts.stuck
        ),
        last_error=facts.errors[-1].text if facts.errors else facts.error,
    )


def _restoring(store: RestoringStatus) -> str:
    left = "how much is left is not known yet" if store.remaining is None else f"{store.remaining:,} records are left"
    pace = "" if store.seconds_left is None else f", about {store.seconds_left:.0f} s"
    return f"restores {store.store} of task {store.task}: {left}{pace}"
