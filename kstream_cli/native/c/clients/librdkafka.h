/* The part of librdkafka's public C API (rdkafka.h) that this extension uses, looked up at run time in the library
 * that confluent-kafka brings along: both work on the same clients, and nothing has to be linked. */

#ifndef KSTREAM_LIBRDKAFKA_H
#define KSTREAM_LIBRDKAFKA_H

#include <stdint.h>
#include <sys/types.h>

typedef struct rd_kafka_s rd_kafka_t;
typedef struct rd_kafka_conf_s rd_kafka_conf_t;
typedef struct rd_kafka_topic_s rd_kafka_topic_t;
typedef struct rd_kafka_queue_s rd_kafka_queue_t;
typedef struct rd_kafka_headers_s rd_kafka_headers_t;
typedef struct rd_kafka_error_s rd_kafka_error_t;
typedef struct rd_kafka_consumer_group_metadata_s rd_kafka_consumer_group_metadata_t;
typedef int rd_kafka_resp_err_t;

typedef struct {
    rd_kafka_resp_err_t err;
    rd_kafka_topic_t *rkt;
    int32_t partition;
    void *payload; /* The error's text where err is set. */
    size_t len;
    void *key;
    size_t key_len;
    int64_t offset;
    void *_private;
} rd_kafka_message_t;

typedef struct {
    char *topic;
    int32_t partition;
    int64_t offset;
    void *metadata;
    size_t metadata_size;
    void *opaque;
    rd_kafka_resp_err_t err;
    void *_private;
} rd_kafka_topic_partition_t;

typedef struct {
    int cnt;
    int size;
    rd_kafka_topic_partition_t *elems;
} rd_kafka_topic_partition_list_t;

typedef struct {
    int32_t id;
    rd_kafka_resp_err_t err;
    int32_t leader;
    int replica_cnt;
    int32_t *replicas;
    int isr_cnt;
    int32_t *isrs;
} rd_kafka_metadata_partition_t;

typedef struct {
    char *topic;
    int partition_cnt;
    rd_kafka_metadata_partition_t *partitions;
    rd_kafka_resp_err_t err;
} rd_kafka_metadata_topic_t;

typedef struct {
    int broker_cnt;
    void *brokers;
    int topic_cnt;
    rd_kafka_metadata_topic_t *topics;
    int32_t orig_broker_id;
    char *orig_broker_name;
} rd_kafka_metadata_t;

enum { RD_KAFKA_PRODUCER = 0 };
enum { RD_KAFKA_CONF_OK = 0 };
enum { RD_KAFKA_MSG_F_COPY = 2 };
enum { RD_KAFKA_PURGE_F_QUEUE = 1, RD_KAFKA_PURGE_F_INFLIGHT = 2 };
enum {
    RD_KAFKA_RESP_ERR__FATAL = -150,
    RD_KAFKA_RESP_ERR__PURGE_QUEUE = -152,
    RD_KAFKA_RESP_ERR__QUEUE_FULL = -184,
    RD_KAFKA_RESP_ERR__TIMED_OUT = -185,
    RD_KAFKA_RESP_ERR__INVALID_ARG = -186,
    RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE = 10
};
enum {
    RD_KAFKA_VTYPE_END = 0,
    RD_KAFKA_VTYPE_RKT = 2,
    RD_KAFKA_VTYPE_PARTITION = 3,
    RD_KAFKA_VTYPE_VALUE = 4,
    RD_KAFKA_VTYPE_KEY = 5,
    RD_KAFKA_VTYPE_OPAQUE = 6,
    RD_KAFKA_VTYPE_MSGFLAGS = 7,
    RD_KAFKA_VTYPE_TIMESTAMP = 8,
    RD_KAFKA_VTYPE_HEADERS = 10
};

typedef void dr_msg_cb_t(rd_kafka_t *, const rd_kafka_message_t *, void *opaque);
typedef void error_cb_t(rd_kafka_t *, int err, const char *reason, void *opaque);
typedef void log_cb_t(const rd_kafka_t *, int level, const char *facility, const char *text);
typedef void commit_cb_t(rd_kafka_t *, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t *, void *opaque);
typedef rd_kafka_resp_err_t on_new_t(rd_kafka_t *, const rd_kafka_conf_t *, void *opaque, char *text, size_t size);

/* X(result, name without rd_kafka_, arguments) */
#define LIBRDKAFKA_FUNCTIONS(X)                                                                                        \
    X(int, version, (void))                                                                                            \
    X(const char *, version_str, (void))                                                                               \
    X(const char *, err2str, (rd_kafka_resp_err_t))                                                                    \
    X(rd_kafka_resp_err_t, last_error, (void))                                                                         \
    X(rd_kafka_resp_err_t, fatal_error, (rd_kafka_t *, char *, size_t))                                                \
    X(rd_kafka_resp_err_t, error_code, (const rd_kafka_error_t *))                                                     \
    X(const char *, error_string, (const rd_kafka_error_t *))                                                          \
    X(int, error_is_fatal, (const rd_kafka_error_t *))                                                                 \
    X(int, error_is_retriable, (const rd_kafka_error_t *))                                                             \
    X(int, error_txn_requires_abort, (const rd_kafka_error_t *))                                                       \
    X(void, error_destroy, (rd_kafka_error_t *))                                                                       \
    X(rd_kafka_conf_t *, conf_new, (void))                                                                             \
    X(void, conf_destroy, (rd_kafka_conf_t *))                                                                         \
    X(int, conf_set, (rd_kafka_conf_t *, const char *, const char *, char *, size_t))                                  \
    X(void, conf_set_opaque, (rd_kafka_conf_t *, void *))                                                              \
    X(void, conf_set_dr_msg_cb, (rd_kafka_conf_t *, dr_msg_cb_t *))                                                    \
    X(void, conf_set_error_cb, (rd_kafka_conf_t *, error_cb_t *))                                                      \
    X(void, conf_set_log_cb, (rd_kafka_conf_t *, log_cb_t *))                                                          \
    X(rd_kafka_resp_err_t, conf_interceptor_add_on_new, (rd_kafka_conf_t *, const char *, on_new_t *, void *))         \
    X(rd_kafka_t *, new, (int type, rd_kafka_conf_t *, char *, size_t))                                                \
    X(void, destroy, (rd_kafka_t *))                                                                                   \
    X(void *, opaque, (const rd_kafka_t *))                                                                            \
    X(rd_kafka_resp_err_t, set_log_queue, (rd_kafka_t *, rd_kafka_queue_t *))                                          \
    X(int, poll, (rd_kafka_t *, int ms))                                                                               \
    X(rd_kafka_resp_err_t, flush, (rd_kafka_t *, int ms))                                                              \
    X(rd_kafka_resp_err_t, purge, (rd_kafka_t *, int flags))                                                           \
    X(int, outq_len, (rd_kafka_t *))                                                                                   \
    X(rd_kafka_topic_t *, topic_new, (rd_kafka_t *, const char *, void *))                                             \
    X(void, topic_destroy, (rd_kafka_topic_t *))                                                                       \
    X(const char *, topic_name, (const rd_kafka_topic_t *))                                                            \
    X(rd_kafka_resp_err_t, producev, (rd_kafka_t *, ...))                                                              \
    X(rd_kafka_headers_t *, headers_new, (size_t))                                                                     \
    X(void, headers_destroy, (rd_kafka_headers_t *))                                                                   \
    X(rd_kafka_resp_err_t, header_add, (rd_kafka_headers_t *, const char *, ssize_t, const void *, ssize_t))           \
    X(rd_kafka_resp_err_t, header_get_all,                                                                             \
      (const rd_kafka_headers_t *, size_t, const char **, const void **, size_t *))                                    \
    X(rd_kafka_resp_err_t, message_headers, (const rd_kafka_message_t *, rd_kafka_headers_t **))                       \
    X(rd_kafka_resp_err_t, message_detach_headers, (rd_kafka_message_t *, rd_kafka_headers_t **))                      \
    X(int32_t, message_leader_epoch, (const rd_kafka_message_t *))                                                     \
    X(int64_t, message_timestamp, (const rd_kafka_message_t *, int *type))                                             \
    X(void, message_destroy, (rd_kafka_message_t *))                                                                   \
    X(rd_kafka_queue_t *, queue_get_partition, (rd_kafka_t *, const char *, int32_t))                                  \
    X(rd_kafka_queue_t *, queue_get_consumer, (rd_kafka_t *))                                                          \
    X(void, queue_forward, (rd_kafka_queue_t *, rd_kafka_queue_t *))                                                   \
    X(size_t, queue_length, (rd_kafka_queue_t *))                                                                      \
    X(void, queue_cb_event_enable, (rd_kafka_queue_t *, void (*)(rd_kafka_t *, void *), void *))                       \
    X(void, queue_destroy, (rd_kafka_queue_t *))                                                                       \
    X(ssize_t, consume_batch_queue, (rd_kafka_queue_t *, int ms, rd_kafka_message_t **, size_t))                       \
    X(rd_kafka_topic_partition_list_t *, topic_partition_list_new, (int))                                              \
    X(rd_kafka_topic_partition_t *, topic_partition_list_add,                                                          \
      (rd_kafka_topic_partition_list_t *, const char *, int32_t))                                                      \
    X(rd_kafka_topic_partition_list_t *, topic_partition_list_copy, (const rd_kafka_topic_partition_list_t *))         \
    X(void, topic_partition_list_destroy, (rd_kafka_topic_partition_list_t *))                                         \
    X(void, topic_partition_set_leader_epoch, (rd_kafka_topic_partition_t *, int32_t))                                 \
    X(rd_kafka_resp_err_t, commit_queue,                                                                               \
      (rd_kafka_t *, const rd_kafka_topic_partition_list_t *, rd_kafka_queue_t *, commit_cb_t *, void *opaque))        \
    X(rd_kafka_resp_err_t, committed, (rd_kafka_t *, rd_kafka_topic_partition_list_t *, int ms))                       \
    X(rd_kafka_error_t *, consumer_group_metadata_read,                                                                \
      (rd_kafka_consumer_group_metadata_t **, const void *, size_t))                                                   \
    X(void, consumer_group_metadata_destroy, (rd_kafka_consumer_group_metadata_t *))                                   \
    X(rd_kafka_error_t *, init_transactions, (rd_kafka_t *, int ms))                                                   \
    X(rd_kafka_error_t *, begin_transaction, (rd_kafka_t *))                                                           \
    X(rd_kafka_error_t *, send_offsets_to_transaction,                                                                 \
      (rd_kafka_t *, const rd_kafka_topic_partition_list_t *, const rd_kafka_consumer_group_metadata_t *, int ms))     \
    X(rd_kafka_error_t *, commit_transaction, (rd_kafka_t *, int ms))                                                  \
    X(rd_kafka_error_t *, abort_transaction, (rd_kafka_t *, int ms))                                                   \
    X(rd_kafka_resp_err_t, metadata,                                                                                   \
      (rd_kafka_t *, int all, rd_kafka_topic_t *only, const rd_kafka_metadata_t **, int ms))                           \
    X(void, metadata_destroy, (const rd_kafka_metadata_t *))

/* What they are in the library that is loaded. */
typedef struct {
#define X(result, name, arguments) result(*name) arguments;
    LIBRDKAFKA_FUNCTIONS(X)
#undef X
} Librdkafka;

extern Librdkafka rd;

#endif
