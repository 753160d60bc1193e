/* What the files of the extension `kstream_cli.native.clients` share. */

#ifndef KSTREAM_CLIENTS_H
#define KSTREAM_CLIENTS_H

#include "../bytes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "librdkafka.h"

/* message.c: one record as consumed, or as a delivery report shows it. */

typedef struct {
    PyObject_VAR_HEAD
    PyObject *topic;
    PyObject *headers; /* A list of (name, value), or NULL for none. */
    PyObject *error;   /* A KafkaError, or NULL. */
    int64_t offset;
    int64_t time;
    Py_ssize_t key_size; /* -1: no key. */
    Py_ssize_t value_size;
    int32_t partition;
    int time_type;
    char bytes[]; /* The key, then the value. */
} Message;

enum { VALUE_IS_TEXT = 1, KEY_IS_TEXT = 2 };

extern PyTypeObject MessageType;
extern PyObject *no_headers; /* () */

/* A Message with room for a key and a value of these sizes; -1 for none. */
Message *new_message(PyObject *topic, int32_t partition, Py_ssize_t key_size, Py_ssize_t value_size);

/* A copy of librdkafka's message; `topic` is its topic's name. An event has an error's text for its value. */
PyObject *message_of(const rd_kafka_message_t *from, PyObject *topic, int is_event);

/* Names that are not UTF-8 are read with U+FFFD, as Java does. The new list may start Python's collector, and that any
 * code: the caller makes sure that the headers outlive it. */
PyObject *list_of(const rd_kafka_headers_t *headers);

/* kafka_error.c: librdkafka's errors as confluent-kafka's. */

/* False with a Python error set where confluent-kafka cannot be imported. To be called before the others. */
int find_errors(void);

/* A KafkaError; NULL with a Python error set. */
PyObject *kafka_error(int code, const char *text, int fatal, int retriable, int requires_abort);

/* Raise KafkaException, and let go of the error. Always NULL. */
PyObject *raise_kafka(PyObject *error);

/* None, or KafkaException for the error, which is destroyed. */
PyObject *outcome(rd_kafka_error_t *error);

/* As librdkafka takes them; -1 to wait for ever. */
int milliseconds(double seconds);

/* records.c: records fetched together, those that wait, and what reads them. */

typedef struct {
    int64_t offset;
    int64_t time;
    size_t at;        /* Where its key begins in the run's bytes; its value comes after. */
    int32_t key_size; /* -1: no key. */
    int32_t value_size;
    int time_type;
    rd_kafka_headers_t *headers; /* NULL for none. */
} Kept;

typedef struct {
    PyObject_HEAD
    PyObject *topic;
    int32_t partition;
    Py_ssize_t count;
    Kept *records;
    char *bytes;
} Run;

extern PyTypeObject RunType, RecordsType, ReaderType;
extern int values_stay; /* Decided once librdkafka's version is known. */

/* A run of these records, which it takes over with their bytes. */
Run *new_run(PyObject *topic, int32_t partition, Py_ssize_t count, Kept *records, char *bytes);

/* Copy librdkafka's message, its key and value to `at` in `bytes`. Python's lock is not needed. */
Kept kept_from(rd_kafka_message_t *from, char *bytes, size_t at);

/* newest_client.c: the C handle of a client that confluent-kafka makes. */

/* The client that was made last on this thread with this plugin in its settings; NULL with a Python error set. */
rd_kafka_t *find_newest_client(void);
void forget_newest_client(void);

/* offsets.c: committed offsets. */

extern PyTypeObject OffsetsType;

/* Arguments: TopicPartitions, the group's metadata, seconds. */
PyObject *offsets_to_transaction(rd_kafka_t *client, PyObject *arguments);

/* partition_queues.c */

extern PyTypeObject PartitionQueuesType;

/* outbox.c: records on their way from Python to librdkafka. */

#define OUTBOX_BYTES ((size_t)1 << 20)
#define OUTBOX_LARGEST ((size_t)1 << 16) /* Larger records go to librdkafka directly, once the others have. */

/* A record as it was sent. In the ring the bytes of its key and of its value come after it. */
typedef struct {
    rd_kafka_topic_t *topic; /* NULL: no record, the rest of the ring was too short for the next one. */
    void *report;
    rd_kafka_headers_t *headers;
    int64_t time;
    int32_t partition;
    int32_t key_size; /* -1: no key. */
    int32_t value_size;
    uint32_t room; /* Bytes up to the next one. */
} Outgoing;

/* A record that librdkafka refused, and its bytes. */
typedef struct Refused {
    struct Refused *next;
    rd_kafka_resp_err_t code;
    Outgoing record;
} Refused;

typedef struct {
    rd_kafka_t *client;
    char *ring;
    _Atomic uint64_t written, read;
    _Atomic uint64_t given_up; /* What was written before is not sent any more. */
    atomic_int is_asleep, is_stopping;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    Refused *refused, **last_refused; /* Oldest first; under the lock. */
} Outbox;

static inline char *outgoing_key(Outgoing *record) { return (char *)(record + 1); }
static inline char *outgoing_value(Outgoing *record) { return outgoing_key(record) + kept_size(record->key_size); }

double seconds_now(void);

/* Hand a record to librdkafka, which copies it, and takes its headers over. */
rd_kafka_resp_err_t produce(rd_kafka_t *client, const Outgoing *record, const char *key, const char *value);

/* False where there is no memory or thread to be had. */
int outbox_open(Outbox *self, rd_kafka_t *client);

/* Room for a record with so many bytes of key and value, at most OUTBOX_LARGEST; NULL where there is none now. */
Outgoing *outbox_room(Outbox *self, size_t bytes);

/* Let the thread have the record that was written into the room just given. */
void outbox_put(Outbox *self, const Outgoing *record);

/* Wait until no more than so many bytes are left in it, at most so many seconds (negative: for ever); false if they are.
 * Not to be called under Python's lock. */
int outbox_wait(Outbox *self, size_t left, double seconds);

/* How many records are in it. To be called under Python's lock. */
int outbox_count(Outbox *self);

/* The records refused since the last call, which the caller has to free. */
Refused *outbox_refused(Outbox *self);
int outbox_has_refused(Outbox *self);
void free_refused(Refused *refused);

/* Send nothing of what is in it: that is refused as purged, as is what was refused before for whatever reason. Not to be
 * called under Python's lock. */
int outbox_give_up(Outbox *self);

/* Give up what is in it, and end the thread. Not to be called under Python's lock. */
void outbox_close(Outbox *self);

/* producer.c: librdkafka's producer. */

typedef struct {
    PyObject *name;
    rd_kafka_topic_t *topic;
} KnownTopic;

typedef struct {
    PyObject_HEAD
    rd_kafka_t *client; /* NULL once it is closed. */
    pid_t process;      /* Whose it is. */
    PyObject *on_error; /* (KafkaError) */
    PyObject *on_log;   /* (level, facility, text) */
    PyObject *reports;  /* Those of records under way, which outlive their sender. */
    KnownTopic *topics;
    Py_ssize_t topic_count;
    Outbox outbox;
    uint64_t age;  /* Grows when the reports are let go of: then senders list theirs anew, with their next record. */
    uint64_t sent; /* How many records senders have taken. */
    int reporting;
} Producer;

extern PyTypeObject ProducerType;

/* Its client; NULL with a Python error set once it is closed. */
rd_kafka_t *still_connected(Producer *self);

/* The handle of a topic, with a Python error set where there is none. */
rd_kafka_topic_t *topic_named(Producer *self, PyObject *name);

/* A record is under way, and its report therefore not to be let go of. */
void note_sent(Producer *self, PyObject *report, uint64_t *age);

/* Let go of the reports where no record is under way that could have to tell of itself. */
void forget_reports(Producer *self);

/* sender.c: what sends records to one topic. */

extern PyTypeObject SenderType;
PyObject *sender_of(Producer *producer, PyObject *topic, PyObject *report, int text);

/* transactions.c: a producer's (KIP-98, KIP-447). */

PyObject *Producer_init_transactions(Producer *self, PyObject *arguments);
PyObject *Producer_begin_transaction(Producer *self, PyObject *none);
PyObject *Producer_send_offsets_to_transaction(Producer *self, PyObject *arguments);
PyObject *Producer_commit_transaction(Producer *self, PyObject *arguments);
PyObject *Producer_abort_transaction(Producer *self, PyObject *arguments);

/* murmur2.c */

PyObject *murmur2_of(PyObject *module, PyObject *key);

#endif
