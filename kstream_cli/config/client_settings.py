# ruff: noqa: SIM905 - a block of words reads better than a list of a hundred lines.
"""The settings of the Kafka clients (librdkafka 2.16) by the kind of client they belong to, and their Java aliases."""

from __future__ import annotations

ANY_CLIENT = frozenset(
    """
    allow.auto.create.topics api.version.fallback.ms api.version.request api.version.request.timeout.ms
    bootstrap.servers broker.address.family broker.address.ttl broker.version.fallback client.dns.lookup
    client.id client.rack connections.max.idle.ms debug enable.metrics.push enable.random.seed
    enable.sasl.oauthbearer.unsecure.jwt enable.ssl.certificate.verification error_cb https.ca.location
    https.ca.pem log.connection.close log.thread.name log_level logger max.in.flight
    max.in.flight.requests.per.connection message.max.bytes metadata.broker.list metadata.max.age.ms
    metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy oauth_cb plugin.library.paths
    receive.message.max.bytes reconnect.backoff.jitter.ms reconnect.backoff.max.ms reconnect.backoff.ms
    retry.backoff.max.ms retry.backoff.ms sasl.kerberos.keytab sasl.kerberos.kinit.cmd
    sasl.kerberos.min.time.before.relogin sasl.kerberos.principal sasl.kerberos.service.name sasl.mechanism
    sasl.mechanisms sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud
    sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
    sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds
    sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
    sasl.oauthbearer.assertion.jwt.template.file sasl.oauthbearer.assertion.private.key.file
    sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.private.key.pem
    sasl.oauthbearer.client.credentials.client.id sasl.oauthbearer.client.credentials.client.secret
    sasl.oauthbearer.client.id sasl.oauthbearer.client.secret sasl.oauthbearer.config
    sasl.oauthbearer.extensions sasl.oauthbearer.grant.type sasl.oauthbearer.metadata.authentication.type
    sasl.oauthbearer.method sasl.oauthbearer.scope sasl.oauthbearer.sub.claim.name
    sasl.oauthbearer.token.endpoint.url sasl.password sasl.username security.protocol socket.blocking.max.ms
    socket.connection.setup.timeout.ms socket.keepalive.enable socket.max.fails socket.nagle.disable
    socket.receive.buffer.bytes socket.send.buffer.bytes socket.timeout.ms ssl.ca.certificate.stores
    ssl.ca.location ssl.ca.pem ssl.certificate.location ssl.certificate.pem ssl.cipher.suites ssl.crl.location
    ssl.curves.list ssl.endpoint.identification.algorithm ssl.engine.id ssl.engine.location ssl.key.location
    ssl.key.password ssl.key.pem ssl.keystore.location ssl.keystore.password ssl.providers ssl.sigalgs.list
    statistics.interval.ms stats_cb throttle_cb topic.blacklist topic.metadata.propagation.max.ms
    topic.metadata.refresh.fast.cnt topic.metadata.refresh.fast.interval.ms topic.metadata.refresh.interval.ms
    topic.metadata.refresh.sparse
    """.split()
)
"""Settings of every client, and the callbacks of confluent-kafka."""

CONSUMER_ONLY = frozenset(
    """
    auto.commit.interval.ms auto.offset.reset check.crcs coordinator.query.interval.ms enable.auto.commit
    enable.auto.offset.store enable.partition.eof fetch.error.backoff.ms fetch.max.bytes
    fetch.message.max.bytes fetch.min.bytes fetch.queue.backoff.ms fetch.wait.max.ms group.id
    group.instance.id group.protocol group.protocol.type group.remote.assignor heartbeat.interval.ms
    isolation.level max.partition.fetch.bytes max.poll.interval.ms max.poll.records offset.store.method
    partition.assignment.strategy queued.max.messages.kbytes queued.min.messages session.timeout.ms
    share.acknowledgement.mode
    """.split()
)
"""Settings of consumers."""

PRODUCER_ONLY = frozenset(
    """
    acks batch.num.messages batch.size compression.codec compression.level compression.type
    delivery.report.only.error delivery.timeout.ms enable.gapless.guarantee enable.idempotence linger.ms
    message.send.max.retries message.timeout.ms partitioner produce.offset.report
    queue.buffering.backpressure.threshold queue.buffering.max.kbytes queue.buffering.max.messages
    queue.buffering.max.ms queuing.strategy request.required.acks request.timeout.ms retries
    sticky.partitioning.linger.ms transaction.timeout.ms transactional.id
    """.split()
)
"""Settings of producers."""

JAVA_ALIASES = {
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "max.request.size": "message.max.bytes",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "send.buffer.bytes": "socket.send.buffer.bytes",
    "ssl.keystore.certificate.chain": "ssl.certificate.pem",
    "ssl.keystore.key": "ssl.key.pem",
    "ssl.truststore.certificates": "ssl.ca.pem",
    "socket.connection.setup.timeout.max.ms": "socket.connection.setup.timeout.ms",
}
"""Java's names of client settings that librdkafka calls otherwise."""

JAVA_ONLY = frozenset(
    """
    bootstrap.resolve.timeout.ms buffer.memory buffer.memory.allocation.strategy compression.gzip.level
    compression.lz4.level compression.zstd.level default.api.timeout.ms exclude.internal.topics
    interceptor.classes max.block.ms metadata.max.idle.ms partitioner.adaptive.partitioning.enable
    partitioner.availability.timeout.ms partitioner.ignore.keys partitioner.rack.aware
    sasl.client.callback.handler.class sasl.kerberos.ticket.renew.jitter
    sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class sasl.login.class
    sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
    sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter
    sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.oauthbearer.allow.unverified.audience
    sasl.oauthbearer.allow.unverified.issuer sasl.oauthbearer.assertion.template.file
    sasl.oauthbearer.clock.skew.seconds sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
    sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
    sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.ms
    sasl.oauthbearer.jwks.endpoint.url sasl.oauthbearer.jwt.retriever.class
    sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope.claim.name security.providers
    ssl.enabled.protocols ssl.engine.factory.class ssl.keymanager.algorithm ssl.protocol ssl.provider
    ssl.secure.random.implementation ssl.trustmanager.algorithm transaction.two.phase.commit.enable
    """.split()
)
"""Settings of Java's clients for which librdkafka has nothing: accepted, and said once to have no effect."""

NOT_IN_LIBRDKAFKA = {
    "key.deserializer": "serdes are given with key= and value=",
    "key.serializer": "serdes are given with key= and value=",
    "sasl.jaas.config": "use sasl.username and sasl.password",
    "ssl.keystore.type": "use ssl.keystore.location (PKCS#12) or ssl.certificate.location and ssl.key.location",
    "partitioner.class": "give partitioner= where a topic is written",
    "ssl.truststore.location": "use ssl.ca.location (a PEM file)",
    "ssl.truststore.password": "use ssl.ca.location (a PEM file)",
    "ssl.truststore.type": "use ssl.ca.location (a PEM file)",
    "value.deserializer": "serdes are given with key= and value=",
    "value.serializer": "serdes are given with key= and value=",
}
"""Java settings that have no like here, and what to use in their place: accepted, and said once."""


def consumer_settings() -> frozenset[str]:
    return ANY_CLIENT | CONSUMER_ONLY


def producer_settings() -> frozenset[str]:
    return ANY_CLIENT | PRODUCER_ONLY


def client_setting(name: str) -> str:
    """librdkafka's name of a setting that may be given by its Java name."""
    return JAVA_ALIASES.get(name, name)


def known_settings() -> frozenset[str]:
    """Every name that a client accepts, Java's aliases among them."""
    return ANY_CLIENT | CONSUMER_ONLY | PRODUCER_ONLY | frozenset(JAVA_ALIASES)
