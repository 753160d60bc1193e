/* Sender: what sends records to one topic. All but the record itself is settled when it is made. */

#include "clients.h"

#include <structmember.h>

#define ROOM_SECONDS 0.1

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Producer *producer;
    PyObject *name;
    rd_kafka_topic_t *topic; /* The producer's; asked for with the first record, for brokers may then create it. */
    PyObject *report;
    int text;
    uint64_t age; /* The producer's when this listed its report. */
    uint64_t sent; /* How many records were taken. */
} Sender;

/* The bytes of a key or value, text as UTF-8: NULL and 0 for None. False with a Python error set where it is neither.
 *
 * A bytearray can change, and move, whenever other threads of Python's may run. So its bytes are copied into a new
 * object, `copy`, which the caller lets go of. */
static int bytes_of(PyObject *object, int is_text, const char **bytes, Py_ssize_t *size, PyObject **copy) {
    *bytes = NULL;
    *size = 0;
    *copy = NULL;
    if (object == Py_None)
        return 1;
    if (is_text && PyUnicode_Check(object)) {
        *bytes = PyUnicode_AsUTF8AndSize(object, size);
    } else if (is_text) {
        PyErr_Format(PyExc_TypeError, "expected text, not %.80s", Py_TYPE(object)->tp_name);
    } else if (PyBytes_Check(object)) {
        *bytes = PyBytes_AS_STRING(object);
        *size = PyBytes_GET_SIZE(object);
    } else if (PyByteArray_Check(object)) {
        *size = PyByteArray_GET_SIZE(object);
        *copy = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(object), *size);
        *bytes = *copy ? PyBytes_AS_STRING(*copy) : NULL;
    } else {
        PyErr_Format(PyExc_TypeError, "expected bytes, not %.80s", Py_TYPE(object)->tp_name);
    }
    return *bytes != NULL;
}

static rd_kafka_headers_t *headers_from(PyObject *list) {
    PyObject *pairs = PySequence_Fast(list, "headers are a list of (name, value)");
    if (!pairs)
        return NULL;
    rd_kafka_headers_t *headers = rd.headers_new((size_t)PySequence_Fast_GET_SIZE(pairs));
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(pairs); i++) {
        PyObject *name, *value, *pair = PySequence_Fast_GET_ITEM(pairs, i);
        PyObject *copy = NULL;
        const char *text, *bytes;
        Py_ssize_t text_size, size;
        if (!PyTuple_Check(pair))
            PyErr_SetString(PyExc_TypeError, "headers are a list of (name, value)");
        else if (PyArg_ParseTuple(pair, "UO", &name, &value) &&
                 bytes_of(value, PyUnicode_Check(value), &bytes, &size, &copy) &&
                 (text = PyUnicode_AsUTF8AndSize(name, &text_size)))
            rd.header_add(headers, text, text_size, bytes, size);
        Py_XDECREF(copy);
        if (PyErr_Occurred()) {
            rd.headers_destroy(headers);
            headers = NULL;
            break;
        }
    }
    Py_DECREF(pairs);
    return headers;
}

/* No timestamp is librdkafka's 0, "now"; a record of 1970-01-01T00:00 is sent as of a millisecond later. */
static int64_t time_from(PyObject *timestamp) {
    if (timestamp == Py_None)
        return 0;
    int64_t time = PyLong_AsLongLong(timestamp);
    return time ? time : 1;
}

/* Wait for the outbox as outbox_wait does, others of Python's threads going on. */
static int wait_for(Outbox *outbox, size_t left, double seconds) {
    int is_there;
    Py_BEGIN_ALLOW_THREADS;
    is_there = outbox_wait(outbox, left, seconds);
    Py_END_ALLOW_THREADS;
    return is_there;
}

/* False with a Python error set where librdkafka refuses the record, or has no room for it. */
static int send_directly(rd_kafka_t *client, Outbox *outbox, const Outgoing *record, const char *key,
                         const char *value) {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (wait_for(outbox, 0, ROOM_SECONDS)) /* Nothing is overtaken. */
        code = produce(client, record, key, value);
    if (!code)
        return 1;
    if (record->headers)
        rd.headers_destroy(record->headers);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        PyErr_SetString(PyExc_BufferError, rd.err2str(code));
    else
        raise_kafka(kafka_error(code, NULL, 0, 0, 0));
    return 0;
}

/* The same by way of the outbox, where librdkafka is asked later on. */
static int post(Outbox *outbox, const Outgoing *record, const char *key, const char *value) {
    size_t key_size = kept_size(record->key_size), value_size = kept_size(record->value_size);
    Outgoing *slot = outbox_room(outbox, key_size + value_size);
    if (!slot && wait_for(outbox, OUTBOX_BYTES / 2, ROOM_SECONDS))
        slot = outbox_room(outbox, key_size + value_size);
    if (!slot) {
        if (record->headers)
            rd.headers_destroy(record->headers);
        PyErr_SetString(PyExc_BufferError, rd.err2str(RD_KAFKA_RESP_ERR__QUEUE_FULL));
        return 0;
    }
    uint32_t room = slot->room;
    *slot = *record;
    slot->room = room;
    copy_bytes(outgoing_key(slot), key, key_size);
    copy_bytes(outgoing_value(slot), value, value_size);
    outbox_put(outbox, slot);
    return 1;
}

/* librdkafka's sizes are of 32 bits here. */
static int is_small_enough(Py_ssize_t key_size, Py_ssize_t value_size) {
    if (key_size > INT32_MAX || value_size > INT32_MAX)
        raise_kafka(kafka_error(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, NULL, 0, 0, 0));
    return !PyErr_Occurred();
}

static int32_t partition_from(PyObject *number) {
    long partition = PyLong_AsLong(number);
    if (partition != (int32_t)partition)
        PyErr_Format(PyExc_OverflowError, "there is no partition %ld", partition);
    return (int32_t)partition;
}

/* Python's lock may be given up. `record` says all but the key and the value; its headers are taken over. */
static int send_record(Sender *self, Outgoing *record, const char *key, Py_ssize_t key_size, const char *value,
                       Py_ssize_t value_size) {
    Outbox *outbox = &self->producer->outbox;
    record->key_size = key ? (int32_t)key_size : -1;
    record->value_size = value ? (int32_t)value_size : -1;
    if ((size_t)key_size + (size_t)value_size > OUTBOX_LARGEST)
        return send_directly(still_connected(self->producer), outbox, record, key, value);
    return post(outbox, record, key, value);
}

static PyObject *Sender_call(PyObject *object, PyObject *const *given, size_t count, PyObject *names) {
    Sender *self = (Sender *)object;
    const char *key, *value;
    Py_ssize_t key_size, value_size;
    PyObject *key_copy = NULL, *value_copy = NULL;
    if (PyVectorcall_NARGS(count) != 5 || names) {
        PyErr_SetString(PyExc_TypeError, "to be called with value, key, partition, timestamp and headers");
        return NULL;
    }
    if (!still_connected(self->producer) || (!self->topic && !(self->topic = topic_named(self->producer, self->name))))
        return NULL;
    Outgoing record = {.topic = self->topic, .report = self->report, .time = time_from(given[3])};
    record.partition = partition_from(given[2]);
    if (PyErr_Occurred() || (given[4] != no_headers && !(record.headers = headers_from(given[4]))))
        return NULL;
    int is_sent = 0;
    if (bytes_of(given[0], self->text & VALUE_IS_TEXT, &value, &value_size, &value_copy) &&
        bytes_of(given[1], self->text & KEY_IS_TEXT, &key, &key_size, &key_copy) && is_small_enough(key_size, value_size))
        is_sent = send_record(self, &record, key, key_size, value, value_size);
    else if (record.headers)
        rd.headers_destroy(record.headers);
    Py_XDECREF(key_copy);
    Py_XDECREF(value_copy);
    if (!is_sent)
        return NULL;
    note_sent(self->producer, self->report, &self->age);
    self->sent++;
    Py_RETURN_NONE;
}

PyObject *sender_of(Producer *producer, PyObject *topic, PyObject *report, int text) {
    Sender *self = PyObject_GC_New(Sender, &SenderType);
    if (!self)
        return NULL;
    self->call = Sender_call;
    Py_INCREF(producer);
    self->producer = producer;
    self->name = Py_NewRef(topic);
    self->topic = NULL;
    self->report = Py_NewRef(report);
    self->text = text;
    self->age = UINT64_MAX;
    self->sent = 0;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int Sender_traverse(Sender *self, visitproc visit, void *arg) {
    Py_VISIT(self->producer);
    Py_VISIT(self->report);
    return 0;
}

static void Sender_dealloc(Sender *self) {
    PyObject_GC_UnTrack(self);
    Py_DECREF(self->report);
    Py_DECREF(self->name);
    Py_DECREF(self->producer);
    PyObject_GC_Del(self);
}

static PyMemberDef Sender_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Sender, call), READONLY, NULL},
    {"sent", T_ULONGLONG, offsetof(Sender, sent), READONLY, "How many records it has taken."},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject SenderType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Sender",
    .tp_doc = "sender(value, key, partition, timestamp, headers): sends a record to the topic it was made for.",
    .tp_basicsize = sizeof(Sender),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_vectorcall_offset = offsetof(Sender, call),
    .tp_call = PyVectorcall_Call,
    .tp_members = Sender_members,
    .tp_traverse = (traverseproc)Sender_traverse,
    .tp_dealloc = (destructor)Sender_dealloc,
};
