"""Names of tasks."""

import pytest

from kstream_cli.task.task_id import TaskId


def test_a_task_id_prints_and_parses_as_java_prints_it():
    assert str(TaskId(1, 12)) == "1_12"
    assert TaskId.parse("1_12") == TaskId(1, 12)


@pytest.mark.parametrize("text", ["", "1", "1_", "_1", "a_1", "1_1_1", "-1_0"])
def test_anything_else_is_no_task_id(text):
    with pytest.raises(ValueError, match="no task id"):
        TaskId.parse(text)
