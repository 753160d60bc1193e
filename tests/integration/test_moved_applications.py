"""A few of the applications that `moved_applications.py` moves from Java to Python and back, twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster import Cluster
from moved_applications import Java, Moves, differences, driver_rounds

from kstream_cli.runtime.clients.native_clients import native

SAMPLE = ("count", "closing_sessions", "suppressed", "streams_outer", "foreign_key", "processors")


@pytest.mark.kafka
@pytest.mark.skipif(native() is None, reason="without the extension Java cannot read what is committed")
def test_each_language_goes_on_with_state_and_headers_where_the_other_stopped(
    kafka_cluster: Cluster, tmp_path: Path
) -> None:
    java = Java(tmp_path / "java.log")
    moves = Moves(kafka_cluster, java, SAMPLE, tmp_path, guarantee="exactly_once_v2", store_format="HEADERS")
    expected = driver_rounds(SAMPLE, "HEADERS")
    assert differences(moves.run(expected=expected), expected) == []
    java.close()
