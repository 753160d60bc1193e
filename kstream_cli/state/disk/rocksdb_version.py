"""Which RocksDB rocksdict carries: rocksdict does not say, but RocksDB writes it into the options of each database."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path


def rocksdb_version() -> str:
    """The version, read from a database made for the purpose; `unknown` where it does not say."""
    import rocksdict

    with tempfile.TemporaryDirectory() as folder:
        rocksdict.Rdict(folder).close()
        for options in Path(folder).glob("OPTIONS-*"):
            if found := re.search(r"rocksdb_version=([\d.]+)", options.read_text()):
                return found[1]
    return "unknown"
