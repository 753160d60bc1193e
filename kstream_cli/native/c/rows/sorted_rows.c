/* Sorted: rows of a RowTable in the order of their keys' bytes. */

#include "rows.h"

size_t list_rows(const RowTable *table, size_t from, Sorted *rows) {
    size_t count = 0;
    for (size_t at = from; at < table->size; at = next_row(table, at)) {
        if (row_at(table, at)->key_size < 0)
            continue;
        if (rows)
            rows[count].row = row_at(table, at);
        count++;
    }
    return count;
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

void sort_rows(Sorted *sorted, size_t count) {
    size_t from = common_start(sorted, count);
    for (size_t i = 0; i < count; i++)
        sorted[i].start = eight_bytes(sorted[i].row, from);
    qsort(sorted, count, sizeof *sorted, compare_sorted);
}
