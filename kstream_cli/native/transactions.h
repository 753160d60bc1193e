/* A producer's transactions (KIP-98, KIP-447). */

#ifndef KSTREAM_TRANSACTIONS_H
#define KSTREAM_TRANSACTIONS_H

#include "message.h"
#include "outbox.h"

typedef struct Producer Producer;

static rd_kafka_t *still_connected(Producer *producer);
static Outbox *outbox_of(Producer *producer);
static void forget_reports(Producer *producer);

static int milliseconds(double seconds) { return seconds < 0 ? -1 : (int)(seconds * 1000); }

static PyObject *outcome(rd_kafka_error_t *error) {
    if (!error)
        Py_RETURN_NONE;
    PyObject *said = kafka_error(rd.error_code(error), rd.error_string(error), rd.error_is_fatal(error),
                                 rd.error_is_retriable(error), rd.error_txn_requires_abort(error));
    rd.error_destroy(error);
    return raise_kafka(said);
}

/* `is_ready`: what is to be done with the outbox first, and whether that is done. */
#define TRANSACTION_STEP(name, is_ready)                                                                               \
    static PyObject *Producer_##name(Producer *self, PyObject *arguments) {                                            \
        double seconds;                                                                                                \
        int ready;                                                                                                     \
        rd_kafka_error_t *error = NULL;                                                                                \
        rd_kafka_t *client = still_connected(self);                                                                    \
        if (!client || !PyArg_ParseTuple(arguments, "d", &seconds))                                                    \
            return NULL;                                                                                               \
        Py_BEGIN_ALLOW_THREADS;                                                                                        \
        if ((ready = is_ready))                                                                                        \
            error = rd.name(client, milliseconds(seconds));                                                            \
        Py_END_ALLOW_THREADS;                                                                                          \
        if (!ready)                                                                                                    \
            return raise_kafka(kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, 0, 1, 0));                              \
        forget_reports(self);                                                                                          \
        return outcome(error);                                                                                         \
    }
TRANSACTION_STEP(init_transactions, 1)
TRANSACTION_STEP(commit_transaction, outbox_wait(outbox_of(self), 0, seconds))
TRANSACTION_STEP(abort_transaction, outbox_give_up(outbox_of(self)))

static PyObject *Producer_begin_transaction(Producer *self, PyObject *Py_UNUSED(none)) {
    rd_kafka_error_t *error;
    rd_kafka_t *client = still_connected(self);
    if (!client)
        return NULL;
    Py_BEGIN_ALLOW_THREADS;
    error = rd.begin_transaction(client);
    Py_END_ALLOW_THREADS;
    return outcome(error);
}

static long number_of(PyObject *object, const char *attribute) {
    PyObject *number = PyObject_GetAttrString(object, attribute);
    long value = number && number != Py_None ? PyLong_AsLong(number) : -1;
    Py_XDECREF(number);
    return value;
}

/* From confluent_kafka's TopicPartitions; NULL with a Python error set. */
static rd_kafka_topic_partition_list_t *offsets_from(PyObject *list) {
    rd_kafka_topic_partition_list_t *offsets = rd.topic_partition_list_new((int)PyList_GET_SIZE(list));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *each = PyList_GET_ITEM(list, i), *topic = PyObject_GetAttrString(each, "topic");
        PyObject *metadata = PyObject_GetAttrString(each, "metadata");
        const char *name = topic ? PyUnicode_AsUTF8(topic) : NULL;
        if (name && metadata) {
            rd_kafka_topic_partition_t *entry =
                rd.topic_partition_list_add(offsets, name, (int32_t)number_of(each, "partition"));
            entry->offset = number_of(each, "offset");
            Py_ssize_t size;
            const char *text = metadata == Py_None ? NULL : PyUnicode_AsUTF8AndSize(metadata, &size);
            if (text && (entry->metadata = strdup(text)))
                entry->metadata_size = (size_t)size + 1; /* confluent-kafka reads it up to a zero byte. */
            long epoch = number_of(each, "leader_epoch");
            if (epoch >= 0)
                rd.topic_partition_set_leader_epoch(entry, (int32_t)epoch);
        }
        Py_XDECREF(topic);
        Py_XDECREF(metadata);
        if (PyErr_Occurred()) {
            rd.topic_partition_list_destroy(offsets);
            return NULL;
        }
    }
    return offsets;
}

static PyObject *Producer_send_offsets_to_transaction(Producer *self, PyObject *arguments) {
    PyObject *list;
    Py_buffer metadata;
    double seconds;
    rd_kafka_consumer_group_metadata_t *group = NULL;
    if (!PyArg_ParseTuple(arguments, "O!y*d", &PyList_Type, &list, &metadata, &seconds))
        return NULL;
    rd_kafka_t *client = still_connected(self);
    rd_kafka_topic_partition_list_t *offsets = client ? offsets_from(list) : NULL;
    rd_kafka_error_t *error = NULL;
    if (offsets) {
        Py_BEGIN_ALLOW_THREADS;
        error = rd.consumer_group_metadata_read(&group, metadata.buf, (size_t)metadata.len);
        if (!error)
            error = rd.send_offsets_to_transaction(client, offsets, group, milliseconds(seconds));
        if (group)
            rd.consumer_group_metadata_destroy(group);
        rd.topic_partition_list_destroy(offsets);
        Py_END_ALLOW_THREADS;
    }
    PyBuffer_Release(&metadata);
    return offsets ? outcome(error) : NULL;
}

#endif
