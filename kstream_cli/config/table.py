"""The table of docs/reference/configuration.md: `python -m kstream_cli.config.table` prints the whole page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kstream_cli.config.clients import CONSUMER_DEFAULTS, PRODUCER_DEFAULTS
from kstream_cli.config.keys import ConfigKey, config_keys

HEAD = """\
# Configuration

The keys are Kafka's own, with dots: `application.id`, `num.stream.threads`, `processing.guarantee`. kstream reads them
from these places. If a key is in several, the last one wins:

1. the module's `config = {...}`
2. a profile: `--profile staging` takes `[tool.kstream.profiles.staging]` of pyproject.toml
3. a file: `--config app.properties` (lines of key=value) or `--config app.toml` (a table is the first part of its keys)
4. environment variables: `KSTREAM_COMMIT_INTERVAL_MS` is `commit.interval.ms`
5. `--set commit.interval.ms=1000`, and the options of a command such as `--threads`

`kstream config --given` shows which value counts, and where it comes from.

- **A misspelt key** is an error that names the nearest one.
- **Settings of the Kafka clients** have librdkafka's names. With a prefix they are for one client: `consumer.`,
  `main.consumer.`, `restore.consumer.`, `global.consumer.`, `producer.` or `admin.`. Without a prefix they are for all
  clients that have them (`security.protocol`, `sasl.username`).
- **Settings of internal topics** have the prefix `topic.`.
- **Settings of [another cluster than home](../guides/two-clusters.md)** have the prefix `clusters.NAME.`.
- **Handlers, extractors and serdes** are objects in Python, or `module:name` as text.

A key that ends in `.ms` is in milliseconds, one that ends in `bytes` in bytes.

| key | default | what it does |
| --- | --- | --- |
"""

TAIL = """
*accepted*: kstream knows the key, so that Java can use the same configuration, but the key has no effect here.
"""

CLIENTS = """
## Defaults of the Kafka clients

These defaults are kstream's own. All others are librdkafka's. `queued.min.messages` is for an instance that reads one
partition. If it may read more partitions, they share this number, because records that are fetched ahead are the
largest part of an instance's memory.

| setting | clients | default |
| --- | --- | --- |
"""


def page() -> str:
    """The page as Markdown."""
    keys = (key for key in config_keys() if not key.name.startswith("__"))
    clients = _client_rows("consumers", CONSUMER_DEFAULTS) + _client_rows("producers", PRODUCER_DEFAULTS)
    return HEAD + "".join(_row(key) for key in keys) + TAIL + CLIENTS + clients


def _client_rows(clients: str, defaults: Mapping[str, Any]) -> str:
    return "".join(f"| `{name}` | {clients} | `{_shown(value)}` |\n" for name, value in sorted(defaults.items()))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _row(key: ConfigKey) -> str:
    default = ",".join(sorted(map(str, key.default))) if isinstance(key.default, tuple | frozenset) else key.default
    shown = "" if default in (None, "") else f"`{_shown(default)}`"
    doc = key.doc.replace("<", "&lt;").replace("|", "\\|")
    return f"| `{key.name}` | {shown} | {doc}{'' if key.used else ' (*accepted*)'} |\n"


if __name__ == "__main__":
    print(page(), end="")
