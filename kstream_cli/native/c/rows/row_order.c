/* RowOrder: where the rows of a RowTable are, in the order of their keys. It is brought up to the table when it is asked
 * for, so that putting a row costs nothing. */

#include "rows.h"

void clear_order(RowOrder *order) {
    PyMem_RawFree(order->places);
    *order = (RowOrder){0};
}

size_t find_place(const RowOrder *order, char *bytes, size_t from, const char *key, size_t key_size) {
    size_t to = order->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        const Row *row = row_of(bytes, order->places[middle]);
        if (compare_bytes(row->bytes, size_of_key(row), key, key_size) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* An order of nothing has no memory to copy from. */
static void copy_places(uint32_t *to, const RowOrder *order, size_t from, size_t end) {
    if (from < end)
        memcpy(to, order->places + from, (end - from) * sizeof *to);
}

/* Put rows that the table has added, or moved, in among those that are in order. */
static void merge_rows(RowOrder *order, char *bytes, const Sorted *added, size_t count, uint32_t *places) {
    size_t from = 0, merged = 0;
    for (size_t i = 0; i < count; i++) {
        const Row *row = added[i].row;
        size_t to = find_place(order, bytes, from, row->bytes, (size_t)row->key_size);
        copy_places(places + merged, order, from, to);
        merged += to - from;
        places[merged++] = (uint32_t)(((const char *)row - bytes) / 8);
        from = to + (to < order->count && !compare_keys(row_of(bytes, order->places[to]), row));
    }
    copy_places(places + merged, order, from, order->count);
    order->count = merged + order->count - from;
    PyMem_RawFree(order->places);
    order->places = places;
}

int follow_table(RowOrder *order, const RowTable *table) {
    size_t count = list_rows(table, order->covered, NULL);
    if (count) {
        Sorted *added = PyMem_RawMalloc(count * sizeof *added);
        uint32_t *places = PyMem_RawMalloc((order->count + count) * sizeof *places);
        if (!added || !places) {
            PyMem_RawFree(added);
            PyMem_RawFree(places);
            return 0;
        }
        list_rows(table, order->covered, added);
        sort_rows(added, count);
        merge_rows(order, table->bytes, added, count, places);
        PyMem_RawFree(added);
    }
    order->covered = table->size;
    return 1;
}
