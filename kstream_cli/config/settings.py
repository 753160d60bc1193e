# ruff: noqa: RUF009 - key() makes a field; its arguments are constants.
"""The keys of Kafka Streams 4.4 with their kinds, defaults and meanings, as typed fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kstream_cli.config.keys import (
    application_name,
    boolean,
    endpoint,
    exception_handler,
    function,
    function_or_java_class,
    integer,
    java_class,
    key,
    one_of,
    opentelemetry,
    optimizations,
    python_object,
    result_headers,
    serde,
    servers,
    text,
    text_list,
    topic_name,
    wrapper,
)

EXACTLY_ONCE = "exactly_once_v2"
CLASSIC, STREAMS = "classic", "streams"
"""Protocols of the group: tasks given out by its members, or by the broker."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class Settings:
    """Each field is the key whose dots are written as underscores, unless `name` says otherwise."""

    acceptable_recovery_lag: int = key(
        integer(0), 10_000, "Changelog lag up to which an instance counts as caught up", used=False
    )
    allow_os_group_write_access: bool = key(boolean(), False, "Let the group write to the state directory", used=False)
    application_id: str = key(
        application_name(), "", "Names the application: its group, internal topics and state directory"
    )
    application_server: str = key(endpoint(), "", "host:port other instances can ask for this one's state")
    bootstrap_servers: str = key(servers(), "", "Brokers to connect to first, as host:port,host:port")
    buffered_records_per_partition: int = key(
        integer(1),
        1000,
        "A partition with more records waiting than this is paused; if you do not set it, one with more than 50,000 "
        "records, or with 32 MiB of records",
    )
    built_in_metrics_version: str = key(one_of("latest"), "latest", "Version of the metrics' names", used=False)
    cache_max_bytes_buffering: int = key(integer(0), 10_485_760, "Old name of statestore.cache.max.bytes")
    client_id: str = key(text(), "", "Start of the names of threads and clients")
    commit_interval_ms: int = key(integer(0), 30_000, "Time between commits; the default under exactly_once_v2 is 100")
    config_providers: tuple[str, ...] = key(text_list(), (), "Plugins that look up secrets", used=False)
    connections_max_idle_ms: int = key(integer(0), 540_000, "Close a connection after this long without use")
    default_client_supplier: Any = key(python_object(), None, "An object that makes the Kafka clients")
    default_deserialization_exception_handler: Any = key(
        exception_handler(), None, "Old name of deserialization.exception.handler"
    )
    default_dsl_store: str = key(one_of("rocksDB", "in_memory"), "rocksDB", "Kind of the DSL's stores")
    default_interactive_query_isolation_level: str = key(
        one_of("READ_UNCOMMITTED", "READ_COMMITTED"),
        "READ_UNCOMMITTED",
        "What interactive queries see: the newest writes, or those of the last commit",
    )
    default_key_serde: Any = key(serde(), None, "Serde of keys that have no other")
    default_list_key_serde_inner: Any = key(java_class(), None, "Serde of a list key's elements", used=False)
    default_list_key_serde_type: Any = key(java_class(), None, "Type of a list key", used=False)
    default_list_value_serde_inner: Any = key(java_class(), None, "Serde of a list value's elements", used=False)
    default_list_value_serde_type: Any = key(java_class(), None, "Type of a list value", used=False)
    default_production_exception_handler: Any = key(
        exception_handler(), None, "Old name of production.exception.handler"
    )
    default_timestamp_extractor: Any = key(
        function("record", "key", "value", "partition_time"),
        None,
        "Reads a record's timestamp if the source sets no extractor",
    )
    default_value_serde: Any = key(serde(), None, "Serde of values that have no other")
    deserialization_exception_handler: Any = key(
        exception_handler(), None, "Decides what to do with a record that cannot be deserialised"
    )
    dsl_result_headers: Any = key(
        result_headers(),
        None,
        "Which headers the results of aggregations and joins have: NEWEST, or a function of two sequences of headers "
        "(kstream's own)",
    )
    dsl_store_format: str = key(
        one_of("DEFAULT", "HEADERS"), "DEFAULT", "HEADERS: the DSL's stores on disk keep headers"
    )
    dsl_store_suppliers_class: Any = key(python_object(), None, "An object that makes the DSL's stores")
    enable_metrics_push: bool = key(boolean(), True, "Let brokers ask clients for telemetry")
    enable_transactional_statestores: bool = key(
        boolean(),
        False,
        "Limit the uncommitted bytes of stores on disk; with or without it they write only at a commit",
    )
    ensure_explicit_internal_resource_naming: bool = key(
        boolean(), False, "Refuse generated names of stores and topics"
    )
    errors_dead_letter_queue_topic_name: str | None = key(topic_name(), None, "Topic for records that failed")
    group_protocol: str = key(
        one_of(CLASSIC, STREAMS), CLASSIC, "Who assigns the tasks: the members (classic), or the broker (streams)"
    )
    log_summary_interval_ms: int = key(integer(), 120_000, "Time between summaries in the log; a negative number: none")
    max_task_idle_ms: int = key(integer(-1), 0, "How long a task waits for an empty partition; -1: not at all")
    max_warmup_replicas: int = key(integer(1), 2, "Warm-up tasks at a time", used=False)
    metadata_cluster_check_enable: bool = key(boolean(), True, "Tell brokers which cluster a client means", used=False)
    metadata_max_age_ms: int = key(integer(0), 300_000, "Time between refreshes of the clients' metadata")
    metadata_recovery_rebootstrap_trigger_ms: int = key(
        integer(0), 300_000, "Go back to bootstrap.servers after this long without metadata"
    )
    metadata_recovery_strategy: str = key(
        one_of("rebootstrap", "none"), "rebootstrap", "What to do when no known broker answers"
    )
    metric_reporters: tuple[Any, ...] = key(text_list(), (), "Metrics plugins", used=False)
    metrics_num_samples: int = key(integer(1), 2, "Samples a metric keeps")
    metrics_recording_level: str = key(
        one_of("INFO", "DEBUG", "TRACE"), "INFO", "How many metrics are recorded: DEBUG and TRACE add more"
    )
    metrics_sample_window_ms: int = key(integer(0), 30_000, "Time a sample of a metric covers")
    num_standby_replicas: int = key(integer(0), 0, "Standby copies of each stateful task")
    num_stream_threads: int = key(integer(1), 1, "Stream threads of this instance")
    opentelemetry_spans: str = key(
        opentelemetry("NONE", "RECORDS", "PROCESSORS"),
        "NONE",
        "RECORDS: an OpenTelemetry span for each record read and sent; PROCESSORS: also for each processor "
        "(kstream's own)",
    )
    opentelemetry_tracer_provider: Any = key(
        python_object(), None, "Where spans go, instead of OpenTelemetry's global provider (kstream's own)"
    )
    poll_ms: int = key(integer(0), 100, "How long to wait for records at a time")
    probing_rebalance_interval_ms: int = key(
        integer(60_000), 600_000, "Time between tries for a better placement", used=False
    )
    processing_exception_handler: Any = key(
        exception_handler(), None, "Decides what to do with a record whose processing raised"
    )
    processing_exception_handler_global_enabled: bool = key(
        boolean(), False, "Also use processing.exception.handler for global stores"
    )
    processing_guarantee: str = key(
        one_of("at_least_once", EXACTLY_ONCE), "at_least_once", "at_least_once or exactly_once_v2"
    )
    processor_wrapper_class: Any = key(wrapper(), None, "Wraps every processor")
    production_exception_handler: Any = key(
        exception_handler(), None, "Decides what to do with a record that cannot be written"
    )
    rack_aware_assignment_non_overlap_cost: int | None = key(
        integer(), None, "Cost of moving a task", used=False, name="rack.aware.assignment.non_overlap_cost"
    )
    rack_aware_assignment_strategy: str = key(
        one_of("none", "min_traffic", "balance_subtopology"), "none", "Placement by rack", used=False
    )
    rack_aware_assignment_tags: tuple[str, ...] = key(text_list(), (), "Tags that standbys are spread over", used=False)
    rack_aware_assignment_traffic_cost: int | None = key(
        integer(), None, "Cost of traffic between racks", used=False, name="rack.aware.assignment.traffic_cost"
    )
    receive_buffer_bytes: int = key(integer(-1), 32_768, "Size of a socket's receive buffer")
    reconnect_backoff_max_ms: int = key(integer(0), 1000, "Longest wait before connecting again")
    reconnect_backoff_ms: int = key(integer(0), 50, "First wait before connecting again")
    repartition_purge_interval_ms: int = key(
        integer(0), 30_000, "Time between deletions of committed repartition records"
    )
    replication_factor: int = key(integer(-1, never=0), -1, "Replicas of internal topics; -1: the broker's default")
    request_timeout_ms: int = key(integer(0), 40_000, "How long a client waits for an answer")
    retry_backoff_ms: int = key(integer(0), 100, "First wait before a request is sent again")
    rocksdb_config_setter: Any = key(
        function_or_java_class("store", "options", "config"),
        None,
        "Tunes RocksDB: called as setter(store name, options, config)",
    )
    security_protocol: str = key(
        one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"), "PLAINTEXT", "How to talk to brokers"
    )
    send_buffer_bytes: int = key(integer(-1), 131_072, "Size of a socket's send buffer")
    state_cleanup_delay_ms: int = key(integer(), 600_000, "Delete the state of a task this long after it moved away")
    state_cleanup_dir_max_age_ms: int = key(integer(), -1, "At start, delete task state older than this; -1: none")
    state_dir: str = key(text(), "", "Where local state is kept: <temporary directory>/kafka-streams, if that is ours")
    statestore_cache_max_bytes: int = key(
        integer(0),
        10_485_760,
        "Size of the record cache of all threads together; the cache holds updates back until a commit",
    )
    statestore_uncommitted_max_bytes: int = key(
        integer(-1),
        67_108_864,
        "Commit early when the stores on disk of all threads have more uncommitted bytes; -1: no limit. Has an effect "
        "only if you set it, or with enable.transactional.statestores",
    )
    task_assignor_class: Any = key(java_class(), None, "Places tasks", used=False)
    task_timeout_ms: int = key(integer(0), 300_000, "How long a task retries when brokers do not answer")
    topology_description_push_enabled: bool = key(boolean(), True, "Let brokers ask for the topology")
    topology_optimization: frozenset[str] = key(optimizations(), frozenset(), "Which optimisations the DSL may apply")
    upgrade_from: str | None = key(text(), None, "Version a rolling upgrade comes from", used=False)
    window_size_ms: int | None = key(integer(), None, "Window size for reading windowed keys", used=False)
    windowed_inner_class_serde: Any = key(java_class(), None, "For plain consumers only", used=False)
    windowstore_changelog_additional_retention_ms: int = key(
        integer(), 86_400_000, "Added to the retention of window changelogs"
    )
    allow_orphans: bool = key(
        boolean(), False, "Start even if state of the application on the cluster would be left behind (kstream's own)"
    )
    foreign_sinks_at_least_once: bool = key(
        boolean(),
        False,
        "Under exactly_once_v2, accept that topics of other clusters than home get each result at least once, not "
        "exactly once (kstream's own)",
    )
    foreign_sinks_origin_headers: bool = key(
        boolean(),
        False,
        "Add a header to records in topics of other clusters than home, which names the record a result comes from "
        "(kstream's own)",
    )
    on_lost_offsets: str = key(
        one_of("fail", "earliest", "latest"),
        "fail",
        "Where to continue if the committed offset is gone (kstream's own)",
    )
    windowed_emit_interval_ms: int = key(
        integer(0),
        1000,
        "Least time between results of closed windows",
        name="__emit.interval.ms.kstreams.windowed.aggregation__",
    )
    outer_join_emit_interval_ms: int = key(
        integer(0),
        1000,
        "Least time between unmatched results of outer joins",
        name="__emit.interval.ms.kstreams.outer.join.spurious.results.fix__",
    )
