"""How many standby copies a streams group keeps: a setting of the group, which all its members share (KIP-1071)."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)

from kstream_cli.config import Config
from kstream_cli.logs import logger
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin

log = logger(__name__)

STANDBYS = "streams.num.standby.replicas"
ANSWER_SECONDS = 10.0


def settle_standbys(admin: KafkaAdmin, config: Config) -> None:
    """Have the group keep `num.standby.replicas` copies, where that is given and the group has no number of its own.

    A number that somebody has set for the group counts, and is told where it differs.
    """
    if "num.standby.replicas" not in config.original:
        return
    group, wanted = config.application_id, str(config.num_standby_replicas)
    try:
        found = _setting(admin, group)
        if found is not None and found.value == wanted:
            return
        if found is not None and found.source == ConfigSource.GROUP_CONFIG.value:
            log.warning(
                "group %s keeps %s standby copies, not num.standby.replicas=%s: its own %s counts. To change it: "
                "kafka-configs --alter --entity-type groups --entity-name %s --add-config %s=%s",
                *(group, found.value, wanted, STANDBYS, group, STANDBYS, wanted),
            )
            return
        _set(admin, group, wanted)
        log.info("group %s keeps %s standby copies from now on (%s)", group, wanted, STANDBYS)
    except KafkaException as failure:
        log.warning(
            "group %s does not take num.standby.replicas=%s, and keeps its own number of copies (%s): %s",
            *(group, wanted, STANDBYS, failure.args[0].str()),
        )


def _setting(admin: KafkaAdmin, group: str) -> Any:
    resource = ConfigResource(ResourceType.GROUP, group)
    answer = admin.describe_configs([resource], request_timeout=ANSWER_SECONDS)
    return next(iter(answer.values())).result(ANSWER_SECONDS).get(STANDBYS)


def _set(admin: KafkaAdmin, group: str, value: str) -> None:
    entry = ConfigEntry(STANDBYS, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=[entry])
    answer = admin.incremental_alter_configs([resource], request_timeout=ANSWER_SECONDS)
    next(iter(answer.values())).result(ANSWER_SECONDS)
