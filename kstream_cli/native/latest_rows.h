/* LatestRows: rows that come one after the other, of each key the last, in one piece of memory without an object for
 * each, until they are taken in order of their keys. */

#ifndef KSTREAM_LATEST_ROWS_H
#define KSTREAM_LATEST_ROWS_H

#include "message.h"

typedef struct {
    int32_t key_size;   /* With the sign bit set where a row that comes later replaces it. */
    int32_t value_size; /* Less than 0: the key has no value any more, and room for one of -1 less this. */
    char bytes[];       /* The key, then the value. The next row begins at a multiple of 8. */
} Row;

typedef struct {
    uint32_t hash;
    uint32_t at; /* A row's place in the bytes, in eighths, plus 1; 0 for none. */
} Slot;

typedef struct {
    uint64_t start; /* Of the key's bytes 8, from the first that is not the same in all keys on. */
    const Row *row;
} Sorted;

typedef struct {
    PyObject_HEAD
    size_t limit;
    char *bytes;
    size_t size, room;
    Slot *slots; /* A power of two of them, at most three quarters in use; none once the rows are sorted. */
    size_t slot_count;
    size_t count;
    Sorted *sorted;
    size_t newest;  /* Where the row is that was added last. */
    int is_ordered; /* Each key was greater than the one before. */
} LatestRows;

enum { FIRST_SLOTS = 1024, FIRST_ROOM = 64 * 1024, SHARES = 32, AHEAD = 8 };

/* Bytes of all there are: their limit is one for all of them. Only changed by who has Python's lock. */
static size_t held_by_all;

static int32_t value_room(int32_t value_size) { return value_size < 0 ? -1 - value_size : value_size; }

static size_t row_size(int32_t key_size, int32_t value_size) {
    return (sizeof(Row) + (size_t)key_size + (size_t)value_room(value_size) + 7) & ~(size_t)7;
}

/* What it has asked for beyond that is not touched, and so is no memory yet. */
static size_t held_by(const LatestRows *self) { return self->size + self->slot_count * sizeof *self->slots; }

static Row *row_at(const LatestRows *self, size_t place) { return (Row *)(self->bytes + place); }

static Row *row_in(const LatestRows *self, const Slot *slot) { return row_at(self, (slot->at - 1) * (size_t)8); }

static int compare_keys(const Row *a, const Row *b) {
    int found = memcmp(a->bytes, b->bytes, (size_t)(a->key_size < b->key_size ? a->key_size : b->key_size));
    return found ? found : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

static int more_slots(LatestRows *self) {
    size_t count = self->slot_count ? self->slot_count * 2 : FIRST_SLOTS;
    Slot *slots = PyMem_RawCalloc(count, sizeof *slots);
    if (!slots)
        return 0;
    for (size_t i = 0; i < self->slot_count; i++) {
        if (!self->slots[i].at)
            continue;
        size_t to = self->slots[i].hash & (count - 1);
        while (slots[to].at)
            to = (to + 1) & (count - 1);
        slots[to] = self->slots[i];
    }
    PyMem_RawFree(self->slots);
    held_by_all += (count - self->slot_count) * sizeof *slots;
    self->slots = slots;
    self->slot_count = count;
    return 1;
}

static int more_room(LatestRows *self, size_t size) {
    size_t room = self->room ? self->room : FIRST_ROOM;
    while (room < self->size + size)
        room += room / 2;
    char *bytes = room / 8 < UINT32_MAX ? PyMem_RawRealloc(self->bytes, room) : NULL;
    if (!bytes)
        return 0;
    self->bytes = bytes;
    self->room = room;
    return 1;
}

/* The slot that a key has or, where it has none, is to have. */
static Slot *slot_of(const LatestRows *self, uint32_t hash, const char *key, Py_ssize_t key_size) {
    size_t at = hash & (self->slot_count - 1);
    for (; self->slots[at].at; at = (at + 1) & (self->slot_count - 1)) {
        const Row *row = row_in(self, &self->slots[at]);
        if (self->slots[at].hash == hash && row->key_size == key_size && !memcmp(row->bytes, key, (size_t)key_size))
            break;
    }
    return &self->slots[at];
}

/* The value is -1 bytes long where the key is deleted. False: there is no memory. */
static int add_row(LatestRows *self, uint32_t hash, const char *key, int32_t key_size, const char *value,
                   int32_t value_size) {
    size_t size = row_size(key_size, value_size);
    if ((self->count * 4 >= self->slot_count * 3 && !more_slots(self)) ||
        (self->size + size > self->room && !more_room(self, size)))
        return 0;
    Slot *slot = slot_of(self, hash, key, key_size);
    Row *row = slot->at ? row_in(self, slot) : NULL;
    if (row && value_size < 0) {
        row->value_size = -1 - value_room(row->value_size);
        return 1;
    }
    if (!row || row_size(key_size, row->value_size) != size) {
        Row *added = row_at(self, self->size);
        added->key_size = key_size;
        memcpy(added->bytes, key, (size_t)key_size);
        int is_next = !self->count || compare_keys(row_at(self, self->newest), added) < 0;
        self->is_ordered = !row && is_next && (self->is_ordered || !self->count);
        if (row)
            row->key_size |= INT32_MIN;
        else
            self->count++;
        *slot = (Slot){hash, (uint32_t)(self->size / 8 + 1)};
        self->newest = self->size;
        self->size += size;
        held_by_all += size;
        row = added;
    }
    row->value_size = value_size;
    memcpy(row->bytes + key_size, value, kept_size(value_size));
    return 1;
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
    held_by_all -= held_by(self);
    PyMem_RawFree(self->bytes);
    PyMem_RawFree(self->slots);
    PyMem_RawFree(self->sorted);
    self->bytes = NULL;
    self->slots = NULL;
    self->sorted = NULL;
    self->size = self->room = self->slot_count = self->count = 0;
    Py_RETURN_NONE;
}

static void LatestRows_dealloc(LatestRows *self) {
    Py_DECREF(LatestRows_clear(self, NULL));
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int are_bytes(PyObject *key, PyObject *value) {
    if (PyBytes_Check(key) && PyBytes_GET_SIZE(key) <= INT32_MAX &&
        (value == Py_None || (PyBytes_Check(value) && PyBytes_GET_SIZE(value) <= INT32_MAX)))
        return 1;
    PyErr_SetString(PyExc_TypeError, "a row is bytes, and bytes or None");
    return 0;
}

static PyObject *LatestRows_extend(LatestRows *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2 || !PyList_Check(given[0]) || !PyList_Check(given[1]) || self->sorted ||
        PyList_GET_SIZE(given[0]) != PyList_GET_SIZE(given[1])) {
        PyErr_SetString(PyExc_TypeError, "extend([key], [value]), as many keys as values, until they are sorted");
        return NULL;
    }
    count = PyList_GET_SIZE(given[0]);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *key = PyList_GET_ITEM(given[0], i), *value = PyList_GET_ITEM(given[1], i);
        if (!are_bytes(key, value))
            return NULL;
        if (self->slot_count && i + AHEAD < count) { /* A slot is rarely in the processor's caches. */
            uint32_t soon = (uint32_t)PyObject_Hash(PyList_GET_ITEM(given[0], i + AHEAD));
            __builtin_prefetch(&self->slots[soon & (self->slot_count - 1)]);
        }
        const char *bytes = value == Py_None ? NULL : PyBytes_AS_STRING(value);
        int32_t size = value == Py_None ? -1 : (int32_t)PyBytes_GET_SIZE(value);
        if (!add_row(self, (uint32_t)PyObject_Hash(key), PyBytes_AS_STRING(key), (int32_t)PyBytes_GET_SIZE(key), bytes,
                     size))
            return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

static PyObject *LatestRows_is_full(LatestRows *self, PyObject *Py_UNUSED(none)) {
    return PyBool_FromLong(held_by_all > self->limit && held_by(self) >= self->limit / SHARES);
}

static int compare_sorted(const void *a, const void *b) {
    const Sorted *one = a, *other = b;
    if (one->start != other->start)
        return one->start < other->start ? -1 : 1;
    return compare_keys(one->row, other->row);
}

/* How many of their first bytes all keys have in common. */
static size_t common_start(const Sorted *rows, size_t count) {
    size_t common = count ? (size_t)rows[0].row->key_size : 0;
    for (size_t i = 1; i < count && common; i++) {
        const Row *row = rows[i].row;
        if (common > (size_t)row->key_size)
            common = (size_t)row->key_size;
        if (memcmp(rows[0].row->bytes, row->bytes, common))
            for (common = 0; rows[0].row->bytes[common] == row->bytes[common];)
                common++;
    }
    return common;
}

/* A missing byte counts as 0: what that makes equal, the whole keys tell apart. */
static uint64_t eight_bytes(const Row *row, size_t from) {
    uint64_t number = 0;
    for (size_t i = from; i < from + 8; i++)
        number = number << 8 | (i < (size_t)row->key_size ? (unsigned char)row->bytes[i] : 0);
    return number;
}

static void sort_rows(LatestRows *self, Sorted *sorted) {
    size_t count = 0;
    for (size_t at = 0; at < self->size;) {
        const Row *row = row_at(self, at);
        if (row->key_size >= 0)
            sorted[count++].row = row;
        at += row_size(row->key_size & INT32_MAX, row->value_size);
    }
    if (self->is_ordered)
        return;
    size_t from = common_start(sorted, count);
    for (size_t i = 0; i < count; i++)
        sorted[i].start = eight_bytes(sorted[i].row, from);
    qsort(sorted, count, sizeof *sorted, compare_sorted);
}

static PyObject *LatestRows_sort(LatestRows *self, PyObject *Py_UNUSED(none)) {
    if (self->sorted)
        Py_RETURN_NONE;
    Sorted *sorted = PyMem_RawMalloc((self->count ? self->count : 1) * sizeof *sorted);
    if (!sorted)
        return PyErr_NoMemory();
    held_by_all -= self->slot_count * sizeof *self->slots;
    PyMem_RawFree(self->slots);
    self->slots = NULL;
    self->slot_count = 0;
    sort_rows(self, sorted);
    self->sorted = sorted;
    Py_RETURN_NONE;
}

static PyObject *LatestRows_part(LatestRows *self, PyObject *arguments) {
    Py_ssize_t start, stop;
    if (!PyArg_ParseTuple(arguments, "nn", &start, &stop))
        return NULL;
    if (!self->sorted || start < 0 || stop > (Py_ssize_t)self->count || start > stop) {
        PyErr_SetString(PyExc_IndexError, "there are fewer rows, or they are not sorted");
        return NULL;
    }
    PyObject *keys = PyList_New(stop - start), *values = PyList_New(stop - start);
    for (Py_ssize_t i = 0; keys && values && i < stop - start; i++) {
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

static Py_ssize_t LatestRows_length(LatestRows *self) { return (Py_ssize_t)self->count; }

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

static PyTypeObject LatestRowsType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "kstream_cli.native.clients.LatestRows",
    .tp_doc = "Rows on their way to a database, the last of each key; `limit` is of the bytes that all of them hold.",
    .tp_basicsize = sizeof(LatestRows),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = LatestRows_new,
    .tp_dealloc = (destructor)LatestRows_dealloc,
    .tp_methods = LatestRows_methods,
    .tp_as_sequence = &LatestRows_as_sequence,
};

#endif
