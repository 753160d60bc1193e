/* What the files of the extension `kstream_cli.native.rows` share. */

#ifndef KSTREAM_ROWS_H
#define KSTREAM_ROWS_H

#include "../bytes.h"

/* row_table.c: rows of bytes by their keys, in one piece of memory without an object for each. */

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
    char *bytes;
    size_t size, room;
    Slot *slots; /* A power of two of them, at most three quarters in use. */
    size_t slot_count;
    size_t count;
} RowTable;

typedef enum { NO_MEMORY, CHANGED, MOVED, ADDED } Put;

/* The value is -1 bytes long where the key is deleted. A row is changed in its place, moves to the end of the bytes as
 * its size is another, or is added there. */
Put put_row(RowTable *table, uint32_t hash, const char *key, int32_t key_size, const char *value, int32_t value_size);

/* put_row with Python's objects; None deletes. Sets an error where there is NO_MEMORY, or these are no bytes. */
Put put_objects(RowTable *table, PyObject *key, PyObject *value);

/* False with a Python error set where these are not a row's key and value. */
int are_bytes(PyObject *key, PyObject *value);

/* NULL where there is none. The key is bytes. */
Row *find_row(const RowTable *table, uint32_t hash, PyObject *key);

void clear_table(RowTable *table);

enum { AHEAD = 8 }; /* How many rows ahead to have what comes next in the processor's caches. */

/* Have the slot of the key that comes soon in the processor's caches. */
void look_ahead(const RowTable *table, PyObject *keys, Py_ssize_t i);

/* The hash of a key, which must be bytes: also of a subclass's, whose __hash__ could change the very rows. */
static inline uint32_t hash_of(PyObject *key) { return (uint32_t)PyBytes_Type.tp_hash(key); }

/* What it has asked for beyond that is not touched, and so is no memory yet. */
static inline size_t table_bytes(const RowTable *table) {
    return table->size + table->slot_count * sizeof *table->slots;
}

static inline size_t row_size(int32_t key_size, int32_t value_size) {
    size_t value_room = (size_t)(value_size < 0 ? -1 - value_size : value_size);
    return (sizeof(Row) + (size_t)key_size + value_room + 7) & ~(size_t)7;
}

static inline Row *row_at(const RowTable *table, size_t place) { return (Row *)(table->bytes + place); }

static inline size_t next_row(const RowTable *table, size_t place) {
    const Row *row = row_at(table, place);
    return place + row_size(row->key_size & INT32_MAX, row->value_size);
}

/* A key's size, also where another row has replaced this one. */
static inline size_t size_of_key(const Row *row) { return (size_t)(row->key_size & INT32_MAX); }

static inline int compare_bytes(const char *a, size_t a_size, const char *b, size_t b_size) {
    int found = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return found ? found : (a_size > b_size) - (a_size < b_size);
}

static inline int compare_keys(const Row *a, const Row *b) {
    return compare_bytes(a->bytes, size_of_key(a), b->bytes, size_of_key(b));
}

/* sorted_rows.c: rows of a RowTable in the order of their keys' bytes. */

typedef struct {
    uint64_t start; /* Of the key's bytes 8, from the first that is not the same in all keys on. */
    const Row *row;
} Sorted;

/* The rows of a table from a place on that no other has replaced, where `rows` is not NULL; how many they are. */
size_t list_rows(const RowTable *table, size_t from, Sorted *rows);
void sort_rows(Sorted *sorted, size_t count);

/* row_order.c: where the rows of a RowTable are, in the order of their keys. */

typedef struct {
    uint32_t *places; /* In eighths of the table's bytes. */
    size_t count;
    size_t covered; /* How many of the table's bytes have their rows in it. */
} RowOrder;

static inline Row *row_of(char *bytes, uint32_t place) { return (Row *)(bytes + place * (size_t)8); }

/* Bring it up to the table. False where there is no memory. */
int follow_table(RowOrder *order, const RowTable *table);

/* The first place from `from` on whose row has this key, or one above it. */
size_t find_place(const RowOrder *order, char *bytes, size_t from, const char *key, size_t key_size);
void clear_order(RowOrder *order);

/* row_scan.c: the rows of a RowTable from one key to another, as they were when it was made. */

typedef struct RowScan {
    PyObject_HEAD
    PyObject *owner; /* Of the table, the order and the list. */
    const RowTable *table;
    const RowOrder *order;
    struct RowScan **list, *next; /* Those that read the table. */
    char *bytes;                  /* The table's, and the places from `from` to `to`, once they are a copy. */
    uint32_t *places;
    size_t from, to;
    int is_backwards;
    int is_lost; /* There was no memory for a copy. */
} RowScan;

extern PyTypeObject RowScanType;

PyObject *new_scan(PyObject *owner, const RowTable *table, const RowOrder *order, RowScan **list, size_t from, size_t to,
                   int is_backwards);

/* To be called before a table changes. */
void copy_for_scans(RowScan **list);

/* known_rows.c, latest_rows.c */

extern PyTypeObject KnownRowsType, LatestRowsType;

#endif
