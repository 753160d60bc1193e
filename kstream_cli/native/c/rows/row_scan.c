/* RowScan: the rows of a RowTable from one key to another, in order, as they were when it was made. It reads the table
 * itself, and gets a copy of it before that changes: rarely, as a scan is mostly over by then. */

#include "rows.h"

PyObject *new_scan(PyObject *owner, const RowTable *table, const RowOrder *order, RowScan **list, size_t from,
                          size_t to, int is_backwards) {
    RowScan *self = PyObject_New(RowScan, &RowScanType);
    if (self) {
        self->owner = Py_NewRef(owner);
        self->table = table;
        self->order = order;
        self->list = list;
        self->next = *list;
        *list = self;
        self->bytes = NULL;
        self->places = NULL;
        self->from = from;
        self->to = to;
        self->is_backwards = is_backwards;
        self->is_lost = 0;
    }
    return (PyObject *)self;
}

static void leave_list(RowScan *self) {
    for (RowScan **each = self->list; *each; each = &(*each)->next)
        if (*each == self) {
            *each = self->next;
            return;
        }
}

static void copy_table(RowScan *self) {
    size_t count = self->to - self->from;
    if (!count)
        return;
    self->bytes = PyMem_RawMalloc(self->table->size);
    self->places = PyMem_RawMalloc(count * sizeof *self->places);
    if (!self->bytes || !self->places) {
        self->is_lost = 1;
        return;
    }
    memcpy(self->bytes, self->table->bytes, self->table->size);
    memcpy(self->places, self->order->places + self->from, count * sizeof *self->places);
    self->from = 0;
    self->to = count;
}

void copy_for_scans(RowScan **list) {
    for (; *list; *list = (*list)->next)
        copy_table(*list);
}

static int add_row(PyObject *keys, PyObject *values, const Row *row) {
    PyObject *key = part_of(row->bytes, row->key_size, 0);
    PyObject *value = part_of(row->bytes + row->key_size, row->value_size, 0);
    int is_added = key && value && !PyList_Append(keys, key) && !PyList_Append(values, value);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return is_added;
}

static PyObject *RowScan_take(RowScan *self, PyObject *most) {
    Py_ssize_t wanted = PyLong_AsSsize_t(most);
    if (wanted < 0 && PyErr_Occurred())
        return NULL;
    PyObject *keys = PyList_New(0), *values = PyList_New(0);
    int is_good = keys && values;
    /* Lists may set off Python's collector, and that code which changes the table. From here on nothing does. */
    if (is_good && self->is_lost) {
        PyErr_NoMemory();
        is_good = 0;
    }
    char *bytes = self->bytes ? self->bytes : self->table->bytes;
    const uint32_t *places = self->places ? self->places : self->order->places;
    while (is_good && self->from < self->to && PyList_GET_SIZE(keys) < wanted) {
        if (self->to - self->from > AHEAD) /* The rows lie about in memory. */
            __builtin_prefetch(row_of(bytes, places[self->is_backwards ? self->to - 1 - AHEAD : self->from + AHEAD]));
        const Row *row = row_of(bytes, places[self->is_backwards ? --self->to : self->from++]);
        if (row->value_size >= 0)
            is_good = add_row(keys, values, row);
    }
    if (is_good)
        return Py_BuildValue("(NN)", keys, values);
    Py_XDECREF(keys);
    Py_XDECREF(values);
    return NULL;
}

static void RowScan_dealloc(RowScan *self) {
    leave_list(self);
    PyMem_RawFree(self->bytes);
    PyMem_RawFree(self->places);
    Py_DECREF(self->owner);
    PyObject_Free(self);
}

static PyMethodDef RowScan_methods[] = {
    {"take", (PyCFunction)RowScan_take, METH_O, "take(count): the next so many keys and values; none at the end."},
    {NULL, NULL, 0, NULL},
};

PyTypeObject RowScanType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.rows.RowScan",
    .tp_doc = "Rows in order, or in reverse order, as they were when it was made.",
    .tp_basicsize = sizeof(RowScan),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)RowScan_dealloc,
    .tp_methods = RowScan_methods,
};
