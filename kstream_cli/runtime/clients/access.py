"""What the cluster allows the application's user: looked up before the start, so that all that is missing is named.

What is refused later, because rules have changed, comes as errors of the Kafka clients, which are put into words here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from confluent_kafka import KafkaError, KafkaException, TopicCollection

from kstream_cli.clusters import cluster_of
from kstream_cli.config import Config
from kstream_cli.errors import AccessDeniedError
from kstream_cli.runtime.clients.kafka_clients import KafkaAdmin

ANSWER_SECONDS = 10.0
OPEN_CLUSTER = "PLAINTEXT"
REFUSED = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)


def require_access(admin: KafkaAdmin, config: Config, needed: Mapping[str, Iterable[str]]) -> None:
    """Raise AccessDeniedError, naming all that the user may not do of `needed`: topic -> operations.

    Only clusters that ask who their clients are, are asked; topics that are not there are passed over.
    """
    needed = {topic: allowed for topic, allowed in needed.items() if not _is_open(config, cluster_of(topic))}
    if not needed:
        return
    denied = [
        f"{operation} on topic {topic!r}"
        for topic, allowed in _allowed(admin, needed).items()
        for operation in needed[topic]
        if operation not in allowed
    ]
    if denied:
        raise _denied("it does not allow all that the application does", ", ".join(denied))


def _is_open(config: Config, cluster: str | None) -> bool:
    of_cluster = config if cluster is None else config.clusters[cluster]
    return of_cluster.security_protocol == OPEN_CLUSTER


def access_denied(error: KafkaError, needed: str) -> AccessDeniedError:
    """The error for a request that the cluster refused; `needed` is what would have it taken."""
    return _denied(error.str(), needed)


def _denied(reason: str, needed: str) -> AccessDeniedError:
    return AccessDeniedError(
        f"the cluster refuses: {reason.rstrip('.')}: allow this user {needed} (see docs/guides/security.md)"
    )


def _allowed(admin: KafkaAdmin, topics: Iterable[str]) -> dict[str, frozenset[str]]:
    """By topic, the names of the operations that are allowed; those that cannot be told are left out."""
    try:
        answers = admin.describe_topics(
            TopicCollection(list(topics)), include_authorized_operations=True, request_timeout=ANSWER_SECONDS
        )
    except KafkaException:
        return {}
    allowed = {}
    for topic, answer in answers.items():
        try:
            operations = answer.result(ANSWER_SECONDS).authorized_operations
        except KafkaException as failure:
            # A topic that may not even be described shows as one that nothing is allowed on.
            operations = [] if failure.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED else None
        if operations is not None:
            allowed[topic] = frozenset(operation.name for operation in operations)
    return allowed
