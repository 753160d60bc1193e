/* RowTable: rows of bytes by their keys, in one piece of memory without an object for each. */

#include "rows.h"

enum { FIRST_SLOTS = 1024, FIRST_ROOM = 64 * 1024 };

static Row *row_in(const RowTable *table, const Slot *slot) { return row_at(table, (slot->at - 1) * (size_t)8); }

static int more_slots(RowTable *table) {
    size_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
    Slot *slots = PyMem_RawCalloc(count, sizeof *slots);
    if (!slots)
        return 0;
    for (size_t i = 0; i < table->slot_count; i++) {
        if (!table->slots[i].at)
            continue;
        size_t to = table->slots[i].hash & (count - 1);
        while (slots[to].at)
            to = (to + 1) & (count - 1);
        slots[to] = table->slots[i];
    }
    PyMem_RawFree(table->slots);
    table->slots = slots;
    table->slot_count = count;
    return 1;
}

static int more_room(RowTable *table, size_t size) {
    size_t room = table->room ? table->room : FIRST_ROOM;
    while (room < table->size + size)
        room += room / 2;
    char *bytes = room / 8 < UINT32_MAX ? PyMem_RawRealloc(table->bytes, room) : NULL;
    if (!bytes)
        return 0;
    table->bytes = bytes;
    table->room = room;
    return 1;
}

/* The slot that a key has or, where it has none, is to have. There are slots. */
static Slot *slot_of(const RowTable *table, uint32_t hash, const char *key, Py_ssize_t key_size) {
    size_t at = hash & (table->slot_count - 1);
    for (; table->slots[at].at; at = (at + 1) & (table->slot_count - 1)) {
        const Row *row = row_in(table, &table->slots[at]);
        if (table->slots[at].hash == hash && row->key_size == key_size && !memcmp(row->bytes, key, (size_t)key_size))
            break;
    }
    return &table->slots[at];
}

void look_ahead(const RowTable *table, PyObject *keys, Py_ssize_t i) {
    if (table->slot_count && i + AHEAD < PyList_GET_SIZE(keys) && PyBytes_Check(PyList_GET_ITEM(keys, i + AHEAD))) {
        uint32_t soon = hash_of(PyList_GET_ITEM(keys, i + AHEAD));
        __builtin_prefetch(&table->slots[soon & (table->slot_count - 1)]);
    }
}

Put put_row(RowTable *table, uint32_t hash, const char *key, int32_t key_size, const char *value,
                   int32_t value_size) {
    size_t size = row_size(key_size, value_size);
    if ((table->count * 4 >= table->slot_count * 3 && !more_slots(table)) ||
        (table->size + size > table->room && !more_room(table, size)))
        return NO_MEMORY;
    Slot *slot = slot_of(table, hash, key, key_size);
    Row *row = slot->at ? row_in(table, slot) : NULL;
    if (row && value_size < 0) {
        row->value_size = row->value_size < 0 ? row->value_size : -1 - row->value_size;
        return CHANGED;
    }
    Put done = !row ? ADDED : row_size(key_size, row->value_size) == size ? CHANGED : MOVED;
    if (done != CHANGED) {
        if (row)
            row->key_size |= INT32_MIN;
        else
            table->count++;
        *slot = (Slot){hash, (uint32_t)(table->size / 8 + 1)};
        row = row_at(table, table->size);
        row->key_size = key_size;
        memcpy(row->bytes, key, (size_t)key_size);
        table->size += size;
    }
    row->value_size = value_size;
    copy_bytes(row->bytes + key_size, value, kept_size(value_size));
    return done;
}

Row *find_row(const RowTable *table, uint32_t hash, PyObject *key) {
    if (!table->slot_count)
        return NULL;
    Slot *slot = slot_of(table, hash, PyBytes_AS_STRING(key), PyBytes_GET_SIZE(key));
    return slot->at ? row_in(table, slot) : NULL;
}

void clear_table(RowTable *table) {
    PyMem_RawFree(table->bytes);
    PyMem_RawFree(table->slots);
    *table = (RowTable){0};
}

int are_bytes(PyObject *key, PyObject *value) {
    if (PyBytes_Check(key) && PyBytes_GET_SIZE(key) <= INT32_MAX &&
        (value == Py_None || (PyBytes_Check(value) && PyBytes_GET_SIZE(value) <= INT32_MAX)))
        return 1;
    PyErr_SetString(PyExc_TypeError, "a row is bytes, and bytes or None");
    return 0;
}

Put put_objects(RowTable *table, PyObject *key, PyObject *value) {
    if (!are_bytes(key, value))
        return NO_MEMORY;
    const char *bytes = value == Py_None ? NULL : PyBytes_AS_STRING(value);
    int32_t size = value == Py_None ? -1 : (int32_t)PyBytes_GET_SIZE(value);
    Put done = put_row(table, hash_of(key), PyBytes_AS_STRING(key), (int32_t)PyBytes_GET_SIZE(key), bytes, size);
    if (done == NO_MEMORY)
        PyErr_NoMemory();
    return done;
}
