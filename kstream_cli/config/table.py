"""The table of docs/configuration.md: `python -m kstream_cli.config.table` prints the whole page."""

from __future__ import annotations

from kstream_cli.config.keys import ConfigKey, config_keys

HEAD = """\
# Configuration

The keys are Kafka's own, with their dots: `application.id`, `num.stream.threads`, `processing.guarantee`. They come \
from
these places, a later one wins:

1. the module's `config = {...}`
2. a file: `--config app.properties` (key=value lines) or `--config app.toml` (tables stand for the front parts of keys)
3. environment variables: `KSTREAM_COMMIT_INTERVAL_MS` is `commit.interval.ms`
4. `--set commit.interval.ms=1000`, and the options of a command such as `--threads`

A misspelt key is an error that names the nearest one. Settings of the Kafka clients are given by librdkafka's names,
behind `consumer.`, `main.consumer.`, `restore.consumer.`, `global.consumer.`, `producer.` or `admin.` for one client, \
or
bare for all that have them (`security.protocol`, `sasl.username`); those of internal topics behind `topic.`.
Handlers, extractors and serdes are given as objects in Python, or as `module:name`.

| key | default | what it does |
| --- | --- | --- |
"""

TAIL = """
*accepted*: known, so that a configuration can be shared with Java, but without effect here.
"""


def page() -> str:
    """The page as Markdown."""
    keys = (key for key in config_keys() if not key.name.startswith("__"))
    return HEAD + "".join(_row(key) for key in keys) + TAIL


def _row(key: ConfigKey) -> str:
    default = ",".join(sorted(map(str, key.default))) if isinstance(key.default, tuple | frozenset) else key.default
    shown = "" if default in (None, "") else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    doc = key.doc.replace("<", "&lt;").replace("|", "\\|")
    return f"| `{key.name}` | {shown} | {doc}{'' if key.used else ' (*accepted*)'} |\n"


if __name__ == "__main__":
    print(page(), end="")
