/* Offsets: a group's committed offsets, with metadata of its true length. confluent-kafka sends the zero byte at its end
 * along, which Java cannot decode, and reads metadata up to a zero byte that need not be there. */

#include "clients.h"

static long long number_of(PyObject *object, const char *attribute) {
    PyObject *number = PyObject_GetAttrString(object, attribute);
    long long value = number && number != Py_None ? PyLong_AsLongLong(number) : -1;
    Py_XDECREF(number);
    return value;
}

/* From confluent_kafka's TopicPartitions; NULL with a Python error set. */
static rd_kafka_topic_partition_list_t *offsets_from(PyObject *list) {
    rd_kafka_topic_partition_list_t *offsets = rd.topic_partition_list_new((int)PyList_GET_SIZE(list));
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        /* Held, as its attributes may be had by code that changes the list. */
        PyObject *each = Py_NewRef(PyList_GET_ITEM(list, i)), *topic = PyObject_GetAttrString(each, "topic");
        PyObject *metadata = topic ? PyObject_GetAttrString(each, "metadata") : NULL;
        const char *name = topic ? PyUnicode_AsUTF8(topic) : NULL;
        if (name && metadata) {
            rd_kafka_topic_partition_t *entry =
                rd.topic_partition_list_add(offsets, name, (int32_t)number_of(each, "partition"));
            entry->offset = number_of(each, "offset");
            Py_ssize_t size;
            const char *text = metadata == Py_None ? NULL : PyUnicode_AsUTF8AndSize(metadata, &size);
            if (text && !(entry->metadata = malloc((size_t)size + 1)))
                PyErr_NoMemory();
            else if (text)
                memcpy(entry->metadata, text, (entry->metadata_size = (size_t)size));
            long long epoch = number_of(each, "leader_epoch");
            if (epoch >= 0)
                rd.topic_partition_set_leader_epoch(entry, (int32_t)epoch);
        }
        Py_XDECREF(topic);
        Py_XDECREF(metadata);
        Py_DECREF(each);
        if (PyErr_Occurred()) {
            rd.topic_partition_list_destroy(offsets);
            return NULL;
        }
    }
    return offsets;
}

/* [(topic, partition, offset, metadata or None, KafkaError or None)] */
static PyObject *list_of_offsets(const rd_kafka_topic_partition_list_t *offsets) {
    PyObject *list = PyList_New(0);
    for (int i = 0; list && i < offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *each = &offsets->elems[i];
        PyObject *metadata = each->metadata
                                 ? PyUnicode_DecodeUTF8(each->metadata, (Py_ssize_t)each->metadata_size, "replace")
                                 : Py_NewRef(Py_None);
        PyObject *error = each->err ? kafka_error(each->err, NULL, 0, 0, 0) : Py_NewRef(Py_None);
        PyObject *entry = metadata && error ? Py_BuildValue("(siLOO)", each->topic, (int)each->partition,
                                                            (long long)each->offset, metadata, error)
                                            : NULL;
        Py_XDECREF(metadata);
        Py_XDECREF(error);
        if (!entry || PyList_Append(list, entry))
            Py_CLEAR(list);
        Py_XDECREF(entry);
    }
    return list;
}

PyObject *offsets_to_transaction(rd_kafka_t *client, PyObject *arguments) {
    PyObject *list;
    Py_buffer metadata;
    double seconds;
    rd_kafka_consumer_group_metadata_t *group = NULL;
    if (!PyArg_ParseTuple(arguments, "O!y*d", &PyList_Type, &list, &metadata, &seconds))
        return NULL;
    rd_kafka_topic_partition_list_t *offsets = offsets_from(list);
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

typedef struct {
    PyObject_HEAD
    rd_kafka_t *client; /* NULL once it is closed. */
    int waiting;        /* How many calls wait for an answer. */
} Offsets;

static PyObject *Offsets_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "", names))
        return NULL;
    rd_kafka_t *client = find_newest_client();
    Offsets *self = client ? (Offsets *)type->tp_alloc(type, 0) : NULL;
    if (self)
        self->client = client;
    return (PyObject *)self;
}

static rd_kafka_t *still_usable(Offsets *self) {
    if (!self->client)
        PyErr_SetString(PyExc_RuntimeError, "the client is closed");
    return self->client;
}

/* The same for a client that is open, also after the code that was called for their attributes. */
static rd_kafka_topic_partition_list_t *offsets_for(Offsets *self, PyObject *list) {
    rd_kafka_topic_partition_list_t *offsets = offsets_from(list);
    if (offsets && still_usable(self))
        return offsets;
    if (offsets)
        rd.topic_partition_list_destroy(offsets);
    return NULL;
}

typedef struct {
    rd_kafka_resp_err_t code;
    rd_kafka_topic_partition_list_t *offsets;
} Answer;

/* Called by librdkafka from inside the commit, on the thread that waits for it. */
static void note_answer(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
                        void *opaque) {
    Answer *answer = opaque;
    (void)client;
    answer->code = code;
    answer->offsets = offsets ? rd.topic_partition_list_copy(offsets) : NULL;
}

static PyObject *answered(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets) {
    PyObject *result = code      ? raise_kafka(kafka_error(code, NULL, 0, 0, 0))
                       : offsets ? list_of_offsets(offsets)
                                 : PyList_New(0);
    if (offsets)
        rd.topic_partition_list_destroy(offsets);
    return result;
}

static PyObject *Offsets_commit(Offsets *self, PyObject *list) {
    if (!PyList_Check(list))
        return PyErr_Format(PyExc_TypeError, "a list of TopicPartitions, not %s", Py_TYPE(list)->tp_name);
    rd_kafka_topic_partition_list_t *offsets = offsets_for(self, list);
    if (!offsets)
        return NULL;
    Answer answer = {0, NULL};
    rd_kafka_resp_err_t code;
    self->waiting++;
    Py_BEGIN_ALLOW_THREADS;
    code = rd.commit_queue(self->client, offsets, NULL, note_answer, &answer);
    rd.topic_partition_list_destroy(offsets);
    Py_END_ALLOW_THREADS;
    self->waiting--;
    return answered(answer.code ? answer.code : code, answer.offsets);
}

static PyObject *Offsets_committed(Offsets *self, PyObject *arguments) {
    PyObject *list;
    double seconds;
    if (!PyArg_ParseTuple(arguments, "O!d", &PyList_Type, &list, &seconds))
        return NULL;
    rd_kafka_topic_partition_list_t *offsets = offsets_for(self, list);
    if (!offsets)
        return NULL;
    rd_kafka_resp_err_t code;
    self->waiting++;
    Py_BEGIN_ALLOW_THREADS;
    code = rd.committed(self->client, offsets, milliseconds(seconds));
    Py_END_ALLOW_THREADS;
    self->waiting--;
    return answered(code, offsets);
}

static PyObject *Offsets_send_to_transaction(Offsets *self, PyObject *arguments) {
    if (!still_usable(self))
        return NULL;
    self->waiting++;
    PyObject *sent = offsets_to_transaction(self->client, arguments);
    self->waiting--;
    return sent;
}

static PyObject *Offsets_close(Offsets *self, PyObject *Py_UNUSED(none)) {
    if (self->waiting)
        return PyErr_Format(PyExc_RuntimeError, "another thread waits for this client's answer: close it after that");
    self->client = NULL;
    Py_RETURN_NONE;
}

static PyMethodDef Offsets_methods[] = {
    {"commit", (PyCFunction)Offsets_commit, METH_O,
     "Commit TopicPartitions for the consumer's group, and wait for the answer: one entry each, as of `committed`."},
    {"committed", (PyCFunction)Offsets_committed, METH_VARARGS,
     "(TopicPartitions, seconds): [(topic, partition, offset, metadata or None, KafkaError or None)]."},
    {"send_to_transaction", (PyCFunction)Offsets_send_to_transaction, METH_VARARGS,
     "(TopicPartitions, group metadata, seconds): make them part of the producer's transaction."},
    {"close", (PyCFunction)Offsets_close, METH_NOARGS, "Must be called before the client is closed."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject OffsetsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Offsets",
    .tp_doc = "The committed offsets of the consumer or producer that was made last on this thread.",
    .tp_basicsize = sizeof(Offsets),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = Offsets_new,
    .tp_methods = Offsets_methods,
};
