"""The rows' extension has nothing to do with Kafka: it works where no client could be imported."""

import subprocess
import sys

import pytest

pytest.importorskip("kstream_cli.native.rows", reason="the extension was not built")

WITHOUT_A_CLIENT = """
import sys
sys.modules["confluent_kafka"] = sys.modules["kstream_cli.native.clients"] = None
from kstream_cli.native.rows import KnownRows, LatestRows

latest = LatestRows(1_000)
latest.extend([b"b", b"a", b"b"], [b"1", b"2", None])
latest.sort()
known = KnownRows(True)
known.keep_within(1_000_000)
known.update(*latest.part(0, 2))
print(known.get(b"a", 0), known.get(b"b", 0), known.scan(None, None, False).take(5))
"""


def test_rows_need_no_kafka_client():
    run = subprocess.run([sys.executable, "-c", WITHOUT_A_CLIENT], capture_output=True, text=True, check=True)
    assert run.stdout == "b'2' None ([b'a'], [b'2'])\n"
