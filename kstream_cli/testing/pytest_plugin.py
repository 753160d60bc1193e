"""The pytest fixture of kstream; pytest finds it by itself where kstream-cli is installed.

Example::

    def test_words_are_counted(topology_test_driver):
        driver = topology_test_driver(builder)
        driver.input("lines").pipe("to be or not to be")
        assert driver.output("word-counts").read_map()["to"] == 2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver


@pytest.fixture
def topology_test_driver() -> Iterator[Callable[..., TopologyTestDriver]]:
    """Makes TopologyTestDrivers, with the arguments of its constructor, and closes them after the test."""
    # Imported here: pytest loads this plugin in every run, also in those that test something else.
    from kstream_cli.testing.topology_test_driver import TopologyTestDriver

    with ExitStack() as opened:

        def make(*args: Any, **options: Any) -> TopologyTestDriver:
            return opened.enter_context(TopologyTestDriver(*args, **options))

        yield make
