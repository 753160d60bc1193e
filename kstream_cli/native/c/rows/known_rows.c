/* KnownRows: rows of a database as far as they are known, so that it need not be asked for them. */

#include "rows.h"

typedef struct {
    PyObject_HEAD
    Py_ssize_t limit;
    RowTable young, old; /* Once the young ones take half of the limit they are the old ones, and those before forgotten. */
    char is_complete;    /* What is in neither is not in the database. All are young then. */
    RowOrder order;      /* Of the young ones. */
    RowScan *scans;      /* Those that read the young ones. */
} KnownRows;

/* Bytes of rows. */
enum { MOST_TO_SORT = 64 * 1024 };

static PyObject *KnownRows_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"is_complete", NULL};
    int is_complete;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "p", names, &is_complete))
        return NULL;
    KnownRows *self = (KnownRows *)type->tp_alloc(type, 0);
    if (self)
        self->is_complete = (char)is_complete;
    return (PyObject *)self;
}

static PyObject *KnownRows_clear(KnownRows *self, PyObject *Py_UNUSED(none)) {
    copy_for_scans(&self->scans);
    clear_order(&self->order);
    clear_table(&self->young);
    clear_table(&self->old);
    self->is_complete = 0;
    Py_RETURN_NONE;
}

static void KnownRows_dealloc(KnownRows *self) {
    Py_DECREF(KnownRows_clear(self, NULL));
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static void keep_limit(KnownRows *self) {
    size_t half = (size_t)self->limit / 2;
    if (table_bytes(&self->young) > half) {
        copy_for_scans(&self->scans);
        clear_order(&self->order);
        clear_table(&self->old);
        self->old = self->young;
        self->young = (RowTable){0};
        self->is_complete = 0;
    }
    if (table_bytes(&self->old) > 2 * half) { /* The limit was greater, or a row is. */
        clear_table(&self->old);
        self->is_complete = 0;
    }
}

static PyObject *KnownRows_get(KnownRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2 || !PyBytes_Check(given[0])) {
        PyErr_SetString(PyExc_TypeError, "get(key, default), the key is bytes");
        return NULL;
    }
    PyObject *key = given[0];
    uint32_t hash = hash_of(key);
    Row *row = find_row(&self->young, hash, key);
    if (!row && (row = find_row(&self->old, hash, key))) {
        const char *value = row->bytes + row->key_size;
        put_row(&self->young, hash, row->bytes, row->key_size, value, row->value_size < 0 ? -1 : row->value_size);
    }
    if (!row)
        return Py_NewRef(self->is_complete ? Py_None : given[1]);
    PyObject *found = part_of(row->bytes + row->key_size, row->value_size, 0);
    keep_limit(self);
    return found;
}

static PyObject *KnownRows_fill(KnownRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2 || !are_bytes(given[0], given[1]))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "fill(key, value)");
    uint32_t hash = hash_of(given[0]);
    if (find_row(&self->young, hash, given[0]) || find_row(&self->old, hash, given[0]))
        Py_RETURN_NONE;
    copy_for_scans(&self->scans);
    if (put_objects(&self->young, given[0], given[1]) == NO_MEMORY)
        PyErr_Clear();
    keep_limit(self);
    Py_RETURN_NONE;
}

static PyObject *KnownRows_update(KnownRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2 || !PyList_Check(given[0]) || !PyList_Check(given[1]) ||
        PyList_GET_SIZE(given[0]) != PyList_GET_SIZE(given[1])) {
        PyErr_SetString(PyExc_TypeError, "update([key], [value]), as many keys as values");
        return NULL;
    }
    copy_for_scans(&self->scans);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(given[0]); i++) {
        look_ahead(&self->young, given[0], i);
        if (put_objects(&self->young, PyList_GET_ITEM(given[0], i), PyList_GET_ITEM(given[1], i)) != NO_MEMORY) {
            keep_limit(self);
            continue;
        }
        /* What it knows may be wrong now. */
        Py_DECREF(KnownRows_clear(self, NULL));
        if (!PyErr_ExceptionMatches(PyExc_MemoryError))
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    Py_RETURN_NONE;
}

static PyObject *KnownRows_keep_within(KnownRows *self, PyObject *limit) {
    Py_ssize_t bytes = PyLong_AsSsize_t(limit);
    if (bytes < 0)
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "a limit is not negative");
    self->limit = bytes;
    keep_limit(self);
    Py_RETURN_NONE;
}

static void delete_below(RowTable *table, const char *bound, Py_ssize_t size) {
    for (size_t at = 0; at < table->size; at = next_row(table, at)) {
        Row *row = row_at(table, at);
        if (compare_bytes(row->bytes, size_of_key(row), bound, (size_t)size) < 0 && row->value_size >= 0)
            row->value_size = -1 - row->value_size;
    }
}

static PyObject *KnownRows_delete_below(KnownRows *self, PyObject *bound) {
    if (!PyBytes_Check(bound))
        return PyErr_Format(PyExc_TypeError, "delete_below(bound), which is bytes");
    copy_for_scans(&self->scans);
    delete_below(&self->young, PyBytes_AS_STRING(bound), PyBytes_GET_SIZE(bound));
    delete_below(&self->old, PyBytes_AS_STRING(bound), PyBytes_GET_SIZE(bound));
    Py_RETURN_NONE;
}

/* The place of a key's row; that of the first or the last one where it is None. */
static size_t place_of(KnownRows *self, PyObject *key, size_t otherwise) {
    if (key == Py_None)
        return otherwise;
    return find_place(&self->order, self->young.bytes, 0, PyBytes_AS_STRING(key), (size_t)PyBytes_GET_SIZE(key));
}

static PyObject *KnownRows_scan(KnownRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 3 || (given[0] != Py_None && !PyBytes_Check(given[0])) ||
        (given[1] != Py_None && !PyBytes_Check(given[1])))
        return PyErr_Format(PyExc_TypeError, "scan(low, end, backwards), the keys are bytes or None");
    int is_backwards = PyObject_IsTrue(given[2]), is_whole = given[0] == Py_None && given[1] == Py_None;
    if (is_backwards < 0)
        return NULL;
    /* Who wants but some rows does not wait until many are sorted. */
    if (!self->is_complete || (!is_whole && self->young.size - self->order.covered > MOST_TO_SORT) ||
        !follow_table(&self->order, &self->young))
        Py_RETURN_NONE;
    size_t from = place_of(self, given[0], 0), to = place_of(self, given[1], self->order.count);
    if (to < from)
        to = from;
    return new_scan((PyObject *)self, &self->young, &self->order, &self->scans, from, to, is_backwards);
}

static PyMethodDef KnownRows_methods[] = {
    {"get", (PyCFunction)(void (*)(void))KnownRows_get, METH_FASTCALL,
     "get(key, default): a row's value; None where there is no such row, the default where that is not known."},
    {"fill", (PyCFunction)(void (*)(void))KnownRows_fill, METH_FASTCALL,
     "fill(key, value): what the database answered (None: no such row). It does not replace what is known."},
    {"update", (PyCFunction)(void (*)(void))KnownRows_update, METH_FASTCALL,
     "update(keys, values): what the database has been given (None: deleted)."},
    {"delete_below", (PyCFunction)KnownRows_delete_below, METH_O, "delete_below(bound): there is no row before that key."},
    {"scan", (PyCFunction)(void (*)(void))KnownRows_scan, METH_FASTCALL,
     "scan(low, end, backwards): a RowScan of the rows from a key on, up to another, which is not in it (None: of all);\n"
     "None where not all are known, or the database is faster."},
    {"keep_within", (PyCFunction)KnownRows_keep_within, METH_O, "keep_within(limit): how many bytes to keep, about."},
    {"clear", (PyCFunction)KnownRows_clear, METH_NOARGS, "Forget everything."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject KnownRowsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.rows.KnownRows",
    .tp_doc = "Rows of a database, as far as they are known: of `is_complete`, all of them.",
    .tp_basicsize = sizeof(KnownRows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = KnownRows_new,
    .tp_dealloc = (destructor)KnownRows_dealloc,
    .tp_methods = KnownRows_methods,
};
