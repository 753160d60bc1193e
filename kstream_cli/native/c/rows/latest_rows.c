/* LatestRows: rows that come one after the other, of each key the last, in one piece of memory without an object for
 * each, until they are taken in order of their keys. */

#include "rows.h"

typedef struct {
    PyObject_HEAD
    size_t limit;
    RowTable table; /* Without slots once the rows are sorted. */
    size_t counted; /* Its part in what all of them hold. */
    Sorted *sorted;
    size_t newest;  /* Where the row is that was added last. */
    int is_ordered; /* Each key was greater than the one before. */
} LatestRows;

enum { SHARES = 32 };

/* Bytes of all there are: their limit is one for all of them. Only changed by who has Python's lock. */
static size_t held_by_all;

static void count_bytes(LatestRows *self) {
    held_by_all += table_bytes(&self->table) - self->counted;
    self->counted = table_bytes(&self->table);
}

static PyObject *LatestRows_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    static char *names[] = {"limit", NULL};
    Py_ssize_t limit;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "n", names, &limit))
        return NULL;
    LatestRows *self = (LatestRows *)type->tp_alloc(type, 0);
    if (self)
        self->limit = (size_t)limit;
    return (PyObject *)self;
}

static PyObject *LatestRows_clear(LatestRows *self, PyObject *Py_UNUSED(none)) {
    clear_table(&self->table);
    PyMem_RawFree(self->sorted);
    self->sorted = NULL;
    count_bytes(self);
    Py_RETURN_NONE;
}

static void LatestRows_dealloc(LatestRows *self) {
    Py_DECREF(LatestRows_clear(self, NULL));
    Py_TYPE(self)->tp_free((PyObject *)self);
}

/* Whether the row added last is the next one in order. */
static void follow_order(LatestRows *self, Put done, size_t place) {
    RowTable *table = &self->table;
    /* Where one moved, the newest may be the one that it replaces, whose size is marked. */
    self->is_ordered = done == ADDED &&
                       (table->count == 1 ||
                        (self->is_ordered && compare_keys(row_at(table, self->newest), row_at(table, place)) < 0));
    self->newest = place;
}

static PyObject *LatestRows_extend(LatestRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2 || !PyList_Check(given[0]) || !PyList_Check(given[1]) || self->sorted ||
        PyList_GET_SIZE(given[0]) != PyList_GET_SIZE(given[1])) {
        PyErr_SetString(PyExc_TypeError, "extend([key], [value]), as many keys as values, until they are sorted");
        return NULL;
    }
    count = PyList_GET_SIZE(given[0]);
    Put done = ADDED;
    for (Py_ssize_t i = 0; i < count && done != NO_MEMORY; i++) {
        look_ahead(&self->table, given[0], i);
        size_t end = self->table.size;
        done = put_objects(&self->table, PyList_GET_ITEM(given[0], i), PyList_GET_ITEM(given[1], i));
        if (done == ADDED || done == MOVED)
            follow_order(self, done, end);
    }
    count_bytes(self);
    if (done == NO_MEMORY)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *LatestRows_is_full(LatestRows *self, PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(held_by_all > self->limit && self->counted >= self->limit / SHARES);
}

static PyObject *LatestRows_sort(LatestRows *self, PyObject *Py_UNUSED(none)) {
    if (self->sorted)
        Py_RETURN_NONE;
    RowTable *table = &self->table;
    Sorted *sorted = PyMem_RawMalloc((table->count ? table->count : 1) * sizeof *sorted);
    if (!sorted)
        return PyErr_NoMemory();
    PyMem_RawFree(table->slots);
    table->slots = NULL;
    table->slot_count = 0;
    count_bytes(self);
    size_t count = list_rows(table, 0, sorted);
    if (!self->is_ordered)
        sort_rows(sorted, count);
    self->sorted = sorted;
    Py_RETURN_NONE;
}

static PyObject *LatestRows_part(LatestRows *self, PyObject *arguments) {
    Py_ssize_t start, stop;
    if (!PyArg_ParseTuple(arguments, "nn", &start, &stop))
        return NULL;
    Py_ssize_t size = 0 <= start && start <= stop && stop <= (Py_ssize_t)self->table.count ? stop - start : 0;
    PyObject *keys = PyList_New(size), *values = PyList_New(size);
    /* Lists may start Python's collector, and that code that clears the rows. From here on nothing does. */
    if (!self->sorted || start < 0 || start > stop || stop > (Py_ssize_t)self->table.count) {
        PyErr_SetString(PyExc_IndexError, "there are fewer rows, or they are not sorted");
        size = 0;
        Py_CLEAR(keys);
    }
    for (Py_ssize_t i = 0; keys && values && i < size; i++) {
        const Row *row = self->sorted[start + i].row;
        PyObject *key = part_of(row->bytes, row->key_size, 0);
        PyObject *value = part_of(row->bytes + row->key_size, row->value_size, 0);
        PyList_SET_ITEM(keys, i, key);
        PyList_SET_ITEM(values, i, value);
        if (!key || !value)
            Py_CLEAR(keys);
    }
    if (keys && values)
        return Py_BuildValue("(NN)", keys, values);
    Py_XDECREF(keys);
    Py_XDECREF(values);
    return NULL;
}

static Py_ssize_t LatestRows_length(LatestRows *self) { return (Py_ssize_t)self->table.count; }

static PyMethodDef LatestRows_methods[] = {
    {"extend", (PyCFunction)(void (*)(void))LatestRows_extend, METH_FASTCALL,
     "extend(keys, values): add rows, which replace those that there are of the same keys; None deletes."},
    {"is_full", (PyCFunction)LatestRows_is_full, METH_NOARGS,
     "Whether all there are have outgrown the limit, this one by its share."},
    {"sort", (PyCFunction)LatestRows_sort, METH_NOARGS, "Put them in order; from then on they are only read."},
    {"part", (PyCFunction)LatestRows_part, METH_VARARGS, "part(start, stop): keys and values of some that are sorted."},
    {"clear", (PyCFunction)LatestRows_clear, METH_NOARGS, "Forget them all, and begin again."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods LatestRows_as_sequence = {.sq_length = (lenfunc)LatestRows_length};

PyTypeObject LatestRowsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.rows.LatestRows",
    .tp_doc = "Rows on their way to a database, the last of each key; `limit` is of the bytes that all of them hold.",
    .tp_basicsize = sizeof(LatestRows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = LatestRows_new,
    .tp_dealloc = (destructor)LatestRows_dealloc,
    .tp_methods = LatestRows_methods,
    .tp_as_sequence = &LatestRows_as_sequence,
};
