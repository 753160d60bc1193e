"""The table of docs/reference/configuration.md: `python -m kstream_cli.config.table` prints the whole page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kstream_cli.config.clients import CONSUMER_DEFAULTS, PRODUCER_DEFAULTS
from kstream_cli.config.keys import ConfigKey, config_keys

HEAD = """\
# Configuration

The keys are Kafka's own, with their dots: `application.id`, `num.stream.threads`, `processing.guarantee`. They come \
from
these places, a later one wins:

1. the module's `config = {...}`
2. a profile: `--profile staging` takes `[tool.kstream.profiles.staging]` of pyproject.toml
3. a file: `--config app.properties` (key=value lines) or `--config app.toml` (tables stand for the front parts of keys)
4. environment variables: `KSTREAM_COMMIT_INTERVAL_MS` is `commit.interval.ms`
5. `--set commit.interval.ms=1000`, and the options of a command such as `--threads`

`kstream config --given` shows which of them counts.
A misspelt key is an error that names the nearest one. Settings of the Kafka clients are given by librdkafka's names,
behind `consumer.`, `main.consumer.`, `restore.consumer.`, `global.consumer.`, `producer.` or `admin.` for one client, \
or
bare for all that have them (`security.protocol`, `sasl.username`); those of internal topics behind `topic.`. Behind
`clusters.NAME.` they are those of [another cluster than home](../guides/two-clusters.md).
Handlers, extractors and serdes are given as objects in Python, or as `module:name`.

| key | default | what it does |
| --- | --- | --- |
"""

TAIL = """
*accepted*: known, so that a configuration can be shared with Java, but without effect here.
"""

CLIENTS = """
## Defaults of the Kafka clients

These are kstream's own; what is not here is librdkafka's. `queued.min.messages` is that of an instance which reads one
partition: where it may come to read more, they share it, as what is fetched ahead is the largest part of an
instance's memory.

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
