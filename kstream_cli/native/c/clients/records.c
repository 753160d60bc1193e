/* Records: those of one partition that wait for their task. Run: such as were fetched together, their bytes in one piece
 * of memory, so that a record costs no object before somebody asks for one. Reader: gives the parts of one record after
 * the other, and speaks of the one it gave last. */

#include "clients.h"

Run *new_run(PyObject *topic, int32_t partition, Py_ssize_t count, Kept *records, char *bytes) {
    Run *self = PyObject_New(Run, &RunType);
    if (self) {
        self->topic = Py_NewRef(topic);
        self->partition = partition;
        self->count = count;
        self->records = records;
        self->bytes = bytes;
    }
    return self;
}

/* Up to this version, librdkafka is known to leave a value where it is in the batch of records that a broker sent: see
 * tests/native/test_headers.py, to be run with a newer one before its version is put here. */
int values_stay;

/* Whether it is worth asking librdkafka, which allocates and clears a buffer to see that there are none: 230 ns. In
 * batches of format 2 (KIP-98), the only ones with an epoch, the headers' count comes right after the value, so that the
 * byte is there. An empty value is somewhere else. */
static int may_have_headers(const rd_kafka_message_t *message) {
    return !values_stay || !message->len || rd.message_leader_epoch(message) < 0 || ((const char *)message->payload)[message->len];
}

Kept kept_from(rd_kafka_message_t *from, char *bytes, size_t at) {
    Kept kept = {.offset = from->offset, .at = at, .key_size = -1, .value_size = -1};
    kept.time = rd.message_timestamp(from, &kept.time_type);
    if (from->key) {
        kept.key_size = (int32_t)from->key_len;
        memcpy(bytes + at, from->key, from->key_len);
        at += from->key_len;
    }
    if (from->payload) {
        kept.value_size = (int32_t)from->len;
        memcpy(bytes + at, from->payload, from->len);
    }
    if (!may_have_headers(from) || rd.message_detach_headers(from, &kept.headers))
        kept.headers = NULL;
    return kept;
}

static const char *key_of(const Run *run, const Kept *kept) { return run->bytes + kept->at; }

static const char *value_of(const Run *run, const Kept *kept) {
    return key_of(run, kept) + kept_size(kept->key_size);
}

/* The headers of a run's record, as a list. Their run is held meanwhile, as any code may run. */
static PyObject *headers_of(Run *run, const Kept *kept) {
    Py_INCREF(run);
    PyObject *list = list_of(kept->headers);
    Py_DECREF(run);
    return list;
}

static PyObject *message_at(Run *run, const Kept *kept) {
    Message *message = new_message(run->topic, run->partition, kept->key_size, kept->value_size);
    if (message) {
        message->offset = kept->offset;
        message->time = kept->time;
        message->time_type = kept->time_type;
        memcpy(message->bytes, key_of(run, kept), kept_size(kept->key_size) + kept_size(kept->value_size));
        if (kept->headers && !(message->headers = headers_of(run, kept)))
            Py_CLEAR(message);
    }
    return (PyObject *)message;
}

static Py_ssize_t Run_length(Run *self) { return self->count; }

static PyObject *Run_item(Run *self, Py_ssize_t index) {
    if (index < 0 || index >= self->count) {
        PyErr_SetString(PyExc_IndexError, "there are fewer records");
        return NULL;
    }
    return message_at(self, &self->records[index]);
}

/* The records with a key as a list of (key, value, time). */
static PyObject *Run_rows(Run *self, PyObject *Py_UNUSED(none)) {
    PyObject *rows = PyList_New(0);
    for (Py_ssize_t i = 0; rows && i < self->count; i++) {
        const Kept *kept = &self->records[i];
        if (kept->key_size < 0)
            continue;
        PyObject *row = Py_BuildValue("(NNL)", part_of(key_of(self, kept), kept->key_size, 0),
                                      part_of(value_of(self, kept), kept->value_size, 0), (long long)kept->time);
        if (!row || PyList_Append(rows, row))
            Py_CLEAR(rows);
        Py_XDECREF(row);
    }
    return rows;
}

/* A value as it lies in a store with timestamps: the time, big-endian, then the value. */
static PyObject *timestamped(const char *value, int32_t size, int64_t time) {
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 8 + (Py_ssize_t)size);
    if (bytes) {
        char *to = PyBytes_AS_STRING(bytes);
        for (int i = 0; i < 8; i++)
            to[i] = (char)((uint64_t)time >> (56 - 8 * i));
        memcpy(to + 8, value, (size_t)size);
    }
    return bytes;
}

/* The records with a key as two lists, of keys and of values. */
static PyObject *Run_columns(Run *self, PyObject *with_timestamps) {
    int with_times = PyObject_IsTrue(with_timestamps);
    PyObject *keys = PyList_New(0), *values = PyList_New(0);
    int is_good = keys && values && with_times >= 0;
    for (Py_ssize_t i = 0; is_good && i < self->count; i++) {
        const Kept *kept = &self->records[i];
        if (kept->key_size < 0)
            continue;
        PyObject *key = part_of(key_of(self, kept), kept->key_size, 0);
        PyObject *value = with_times && kept->value_size >= 0
                              ? timestamped(value_of(self, kept), kept->value_size, kept->time)
                              : part_of(value_of(self, kept), kept->value_size, 0);
        is_good = key && value && !PyList_Append(keys, key) && !PyList_Append(values, value);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    if (is_good)
        return Py_BuildValue("(NN)", keys, values);
    Py_XDECREF(keys);
    Py_XDECREF(values);
    return NULL;
}

static void Run_dealloc(Run *self) {
    for (Py_ssize_t i = 0; i < self->count; i++)
        if (self->records[i].headers)
            rd.headers_destroy(self->records[i].headers);
    free(self->records);
    free(self->bytes);
    Py_DECREF(self->topic);
    PyObject_Free(self);
}

/* Records: a ring would do, but runs are few. */

typedef struct {
    PyObject_HEAD
    PyObject *runs; /* A list of Runs, the first of which may have been taken whole: its last record can be put back. */
    Py_ssize_t taken; /* Records of the first run. */
    Py_ssize_t waiting;
} Records;

/* The next record, which there must be; its run in `run`, borrowed. NULL with a Python error set. */
static Kept *take(Records *self, Run **run) {
    *run = (Run *)PyList_GET_ITEM(self->runs, 0);
    if (self->taken == (*run)->count) {
        if (PyList_SetSlice(self->runs, 0, 1, NULL))
            return NULL;
        *run = (Run *)PyList_GET_ITEM(self->runs, 0);
        self->taken = 0;
    }
    self->waiting--;
    return &(*run)->records[self->taken++];
}

static PyObject *Run_waiting(Run *self, PyObject *Py_UNUSED(none)) {
    Records *records = PyObject_New(Records, &RecordsType);
    (void)self;
    if (records) {
        records->taken = records->waiting = 0;
        if (!(records->runs = PyList_New(0)))
            Py_CLEAR(records);
    }
    return (PyObject *)records;
}

static PyObject *Records_extend(Records *self, PyObject *run) {
    if (!Py_IS_TYPE(run, &RunType))
        return PyErr_Format(PyExc_TypeError, "expected a Run, not %.80s", Py_TYPE(run)->tp_name);
    if (((Run *)run)->count) {
        if (PyList_Append(self->runs, run))
            return NULL;
        self->waiting += ((Run *)run)->count;
    }
    Py_RETURN_NONE;
}

static PyObject *Records_popleft(Records *self, PyObject *Py_UNUSED(none)) {
    Run *run;
    Kept *kept;
    if (!self->waiting) {
        PyErr_SetString(PyExc_IndexError, "no record waits");
        return NULL;
    }
    return (kept = take(self, &run)) ? message_at(run, kept) : NULL;
}

static PyObject *Records_appendleft(Records *self, PyObject *message) {
    Run *run = PyList_GET_SIZE(self->runs) ? (Run *)PyList_GET_ITEM(self->runs, 0) : NULL;
    if (!run || !self->taken || !Py_IS_TYPE(message, &MessageType) ||
        ((Message *)message)->offset != run->records[self->taken - 1].offset) {
        PyErr_SetString(PyExc_ValueError, "only the record that was taken last can be put back");
        return NULL;
    }
    self->taken--;
    self->waiting++;
    Py_RETURN_NONE;
}

static PyObject *Records_clear(Records *self, PyObject *Py_UNUSED(none)) {
    self->taken = self->waiting = 0;
    return PyList_SetSlice(self->runs, 0, PyList_GET_SIZE(self->runs), NULL) ? NULL : Py_NewRef(Py_None);
}

static Py_ssize_t Records_length(Records *self) { return self->waiting; }

static PyObject *Records_item(Records *self, Py_ssize_t index) {
    int is_there = index >= 0;
    index += self->taken;
    for (Py_ssize_t i = 0; is_there && i < PyList_GET_SIZE(self->runs); i++) {
        Run *run = (Run *)PyList_GET_ITEM(self->runs, i);
        if (index < run->count)
            return message_at(run, &run->records[index]);
        index -= run->count;
    }
    PyErr_SetString(PyExc_IndexError, "fewer records wait");
    return NULL;
}

static void Records_dealloc(Records *self) {
    Py_XDECREF(self->runs);
    PyObject_Free(self);
}

/* Reader. */

typedef struct {
    PyObject_HEAD
    Records *records;
    Py_ssize_t left;
    int text;
    Run *run; /* NULL before the first record. */
    Kept *kept;
    PyObject *parts; /* The tuple given last, which is filled again once nobody else has it. */
} Reader;

static PyObject *Records_read(Records *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "read(count, text)");
        return NULL;
    }
    Py_ssize_t limit = PyLong_AsSsize_t(given[0]);
    long text = PyLong_AsLong(given[1]);
    Reader *reader = PyErr_Occurred() ? NULL : PyObject_New(Reader, &ReaderType);
    if (!reader)
        return NULL;
    Py_INCREF(self);
    reader->records = self;
    reader->left = limit;
    reader->text = (int)text;
    reader->run = NULL;
    reader->kept = NULL;
    reader->parts = NULL;
    return (PyObject *)reader;
}

static int set_part(PyObject *parts, Py_ssize_t index, PyObject *part) {
    PyObject *before = PyTuple_GET_ITEM(parts, index);
    PyTuple_SET_ITEM(parts, index, part);
    Py_XDECREF(before);
    return part != NULL;
}

/* Any code may run here: Python's collector, or the finaliser of what somebody put into a list of headers. It may use
 * this very reader. So the run and the tuple are held by this call, and not by the reader alone. */
static PyObject *Reader_next(Reader *self) {
    Run *run = NULL;
    PyObject *parts = self->parts;
    self->parts = NULL;
    if (!parts || Py_REFCNT(parts) > 1)
        Py_XSETREF(parts, PyTuple_New(4));
    Kept *kept = parts && self->left && self->records->waiting ? take(self->records, &run) : NULL;
    if (!kept) {
        Py_XDECREF(parts);
        return NULL;
    }
    Py_INCREF(run);
    self->kept = kept;
    self->left--;
    if (run != self->run)
        Py_XSETREF(self->run, (Run *)Py_NewRef(run));
    int is_good =
        set_part(parts, 0, part_of(key_of(run, kept), kept->key_size, self->text & KEY_IS_TEXT)) &&
        set_part(parts, 1, part_of(value_of(run, kept), kept->value_size, self->text & VALUE_IS_TEXT)) &&
        set_part(parts, 2, PyLong_FromLongLong(kept->time)) &&
        set_part(parts, 3, kept->headers ? list_of(kept->headers) : Py_NewRef(no_headers));
    Py_DECREF(run);
    if (!is_good) {
        Py_DECREF(parts);
        return NULL;
    }
    Py_XSETREF(self->parts, Py_NewRef(parts));
    return parts;
}

static void Reader_dealloc(Reader *self) {
    Py_XDECREF(self->parts);
    Py_XDECREF(self->run);
    Py_DECREF(self->records);
    PyObject_Free(self);
}

#define OF_THE_LAST(name, what)                                                                                        \
    static PyObject *Reader_##name(Reader *self, PyObject *Py_UNUSED(none)) {                                          \
        Run *run = self->run;                                                                                          \
        const Kept *kept = self->kept;                                                                                 \
        (void)kept;                                                                                                    \
        if (!run)                                                                                                      \
            Py_RETURN_NONE;                                                                                            \
        return what;                                                                                                   \
    }
OF_THE_LAST(topic, Py_NewRef(run->topic))
OF_THE_LAST(partition, PyLong_FromLong(run->partition))
OF_THE_LAST(offset, PyLong_FromLongLong(kept->offset))
OF_THE_LAST(key, part_of(key_of(run, kept), kept->key_size, 0))
OF_THE_LAST(value, part_of(value_of(run, kept), kept->value_size, 0))
OF_THE_LAST(timestamp, Py_BuildValue("(iL)", kept->time_type, (long long)kept->time))
OF_THE_LAST(headers, kept->headers ? headers_of(run, kept) : Py_NewRef(Py_None))
OF_THE_LAST(message, message_at(run, kept))

static PyMethodDef Run_methods[] = {
    {"rows", (PyCFunction)Run_rows, METH_NOARGS, "A list of (key, value, timestamp in ms) of those that have a key."},
    {"columns", (PyCFunction)Run_columns, METH_O,
     "columns(timestamped): the keys and the values of those that have a key, the values with their time before them."},
    {"waiting", (PyCFunction)Run_waiting, METH_NOARGS, "Records with nothing in it, for runs of this kind."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods Run_as_sequence = {.sq_length = (lenfunc)Run_length, .sq_item = (ssizeargfunc)Run_item};

PyTypeObject RunType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Run",
    .tp_doc = "Records of one partition, fetched together: a sequence of Messages, each made when it is asked for.",
    .tp_basicsize = sizeof(Run),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)Run_dealloc,
    .tp_methods = Run_methods,
    .tp_as_sequence = &Run_as_sequence,
};

static PyMethodDef Records_methods[] = {
    {"extend", (PyCFunction)Records_extend, METH_O, "Add a Run."},
    {"popleft", (PyCFunction)Records_popleft, METH_NOARGS, "Take the first as a Message."},
    {"appendleft", (PyCFunction)Records_appendleft, METH_O, "Put the Message back that was taken last."},
    {"clear", (PyCFunction)Records_clear, METH_NOARGS, "Forget them all."},
    {"read", (PyCFunction)(void (*)(void))Records_read, METH_FASTCALL,
     "read(count, text): a Reader that takes up to so many records, and gives (key, value, timestamp in ms, headers) of\n"
     "each. `text` says what to decode as UTF-8, with U+FFFD for what is not: 1 the value, 2 the key, 3 both."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods Records_as_sequence = {
    .sq_length = (lenfunc)Records_length,
    .sq_item = (ssizeargfunc)Records_item,
};

PyTypeObject RecordsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Records",
    .tp_doc = "The records of one partition that wait, oldest first: of a deque of Messages what a task needs.",
    .tp_basicsize = sizeof(Records),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)Records_dealloc,
    .tp_methods = Records_methods,
    .tp_as_sequence = &Records_as_sequence,
};

#define OF_READER(name, says) {#name, (PyCFunction)Reader_##name, METH_NOARGS, says}
static PyMethodDef Reader_methods[] = {
    OF_READER(topic, "The topic's name."),
    OF_READER(partition, "The partition."),
    OF_READER(offset, "The offset."),
    OF_READER(key, "The key's bytes, or None."),
    OF_READER(value, "The value's bytes, or None."),
    OF_READER(timestamp, "(type of timestamp, ms)."),
    OF_READER(headers, "A list of (name, bytes or None); None for no headers."),
    OF_READER(message, "The record as a Message, which stays what it is."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ReaderType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.Reader",
    .tp_doc = "Iterates over records, and has the accessors of a Message for the one given last: None before the first.",
    .tp_basicsize = sizeof(Reader),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)Reader_dealloc,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)Reader_next,
    .tp_methods = Reader_methods,
};
