"""What the installed Kafka client knows of settings, asked for names that are not in the table of client_settings.

A newer client may have settings that came after the table was written: those are not misspelt.
"""

from __future__ import annotations

from functools import cache

from kstream_cli.config.client_settings import known_settings

_LAST = "kstream.no.such.setting"
"""Never a setting, so that no client is made."""
_UNKNOWN = "No such configuration property"


def is_newer_setting(name: str) -> bool:
    """Whether the installed librdkafka has a setting that the table does not have."""
    return name not in known_settings() and is_client_setting(name)


@cache
def is_client_setting(name: str) -> bool:
    """Whether the installed librdkafka has a setting of this name, for whichever kind of client."""
    # Only for names that the table does not have: the import takes as long as the rest of a short command.
    from confluent_kafka import KafkaException, Producer

    try:
        Producer({name: "", _LAST: ""})
    except KafkaException as refusal:
        text = refusal.args[0].str()
        return not (_UNKNOWN in text and f'"{name}"' in text)
    except (TypeError, ValueError):
        return True  # A callback of confluent-kafka's, which wants a function.
    return False
