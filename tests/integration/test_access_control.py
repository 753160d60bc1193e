"""The access that docs/guides/security.md lists: it is enough, and what is left out is named."""

from __future__ import annotations

import re

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)
from worker import word_count

from kstream_cli import Config, KafkaStreams
from kstream_cli.errors import AccessDeniedError
from kstream_cli.runtime.cluster.topic_setup import TopicSetup

pytestmark = pytest.mark.kafka


NEEDED = {
    "READ source": "READ on topic '{source}'",
    "WRITE sink": "WRITE on topic '{sink}'",
    "CREATE internal": "CREATE on topic '{application}-counts-repartition'",
    "READ internal": "READ on topic '{application}-counts-repartition', READ on topic '{application}-counts-changelog'",
    "WRITE internal": "WRITE on topic '{application}-counts-repartition', WRITE on topic '{application}-counts-change",
    "DELETE internal": "DELETE on topic '{application}-counts-repartition'",
    "READ group": "READ on group '{application}'",
    "WRITE transaction": "WRITE on transactional id '{application}-",
}
"""Each of the rules, and what is said where it is missing. Others follow from them: READ, WRITE and DELETE let a user
DESCRIBE, too."""


@pytest.fixture
def names(secure, unique):
    found = {"source": unique("lines"), "sink": unique("counts"), "application": unique("app")}
    secure.cluster.create_topics(**{found["source"]: 1, found["sink"]: 1})
    secure.cluster.produce(found["source"], [(b"1", b"a b a")])
    return found


@pytest.fixture
def allow(secure, names):
    """Give the user these rules, and no others."""
    whole, prefix = ResourcePatternType.LITERAL, ResourcePatternType.PREFIXED
    own = f"{names['application']}-"
    resources = {
        "source": (ResourceType.TOPIC, names["source"], whole),
        "sink": (ResourceType.TOPIC, names["sink"], whole),
        "internal": (ResourceType.TOPIC, own, prefix),
        "group": (ResourceType.GROUP, names["application"], whole),
        "transaction": (ResourceType.TRANSACTIONAL_ID, own, prefix),
    }

    def give(rules):
        bindings = []
        for operation, resource in map(str.split, rules):
            to_whom = ("User:limited", "*", AclOperation[operation], AclPermissionType.ALLOW)
            bindings.append(AclBinding(*resources[resource], *to_whom))
        for future in secure.cluster.admin.create_acls(bindings).values():
            future.result(10)

    return give


@pytest.fixture
def streams(secure, names, tmp_path):
    own = {"application.id": names["application"], "state.dir": tmp_path, "commit.interval.ms": 100}
    own |= {"processing.guarantee": "exactly_once_v2", "repartition.purge.interval.ms": 100}
    own |= {"sasl.username": "limited"}
    with KafkaStreams(word_count(names["source"], names["sink"]), {**secure.settings, **own}) as made:
        yield made


def test_an_application_works_with_the_access_that_is_listed(secure, names, allow, streams, wait_until, caplog):
    allow(NEEDED)
    streams.start()
    repartition = f"{names['application']}-counts-repartition"
    wait_until(lambda: streams.wait(0) or len(secure.cluster.read(names["sink"])) == 2, what="counts")
    wait_until(lambda: secure.cluster.read(repartition) == [], what="repartition records deleted")
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("left_out", NEEDED)
def test_access_that_is_missing_is_named(names, allow, streams, wait_until, caplog, left_out):
    allow(NEEDED.keys() - {left_out})
    said = NEEDED[left_out].format(**names)
    if left_out == "DELETE internal":  # Only the topic grows.
        streams.start()
        wait_until(lambda: streams.wait(0) or said in caplog.text, what="a warning")
    else:
        with pytest.raises(AccessDeniedError, match=re.escape(said)):
            _run(streams)


def _run(streams):
    streams.start()
    streams.wait(20)


def test_access_that_is_taken_away_later_is_named(secure, names, allow, streams, wait_until):
    allow(NEEDED)
    streams.start()
    wait_until(lambda: streams.wait(0) or len(secure.cluster.read(names["sink"])) == 2, what="counts")
    every = AclBindingFilter(
        ResourceType.TOPIC,
        names["source"],
        ResourcePatternType.LITERAL,
        "User:limited",
        None,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    for future in secure.cluster.admin.delete_acls([every]).values():
        future.result(10)
    with pytest.raises(AccessDeniedError, match=f"READ on topic '{names['source']}'"):
        streams.wait(20)


def test_a_topic_that_the_user_may_not_see_is_not_told_to_be_missing(secure, names):
    config = {**secure.settings, "application.id": names["application"], "sasl.username": "limited"}
    with pytest.raises(AccessDeniedError, match=f"READ on topic '{names['source']}'"):
        TopicSetup(Config.from_mapping(config)).require([names["source"]])
