/* Outbox: records on their way from Python to librdkafka. Who sends a record copies it in here and goes on; a thread of
 * its own hands it over, so that what librdkafka does for a record (memory, locks, its partition) is done beside Python.
 *
 * It is a ring of bytes with one writer at a time, who holds Python's lock, and one reader, the thread. Positions in it
 * only grow. Nobody waits for anybody but where it is full, or has to be empty. */

#include "clients.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#define SLOT_BYTES ((size_t)64)          /* What records begin at a multiple of, so that a whole Outgoing always fits. */
#define NAP_NS 500000                    /* Of the thread, while records keep coming. */
#define NAPS_BEFORE_SLEEP 40             /* Then it sleeps until it is woken. */
#define GLANCE_NS 100000                 /* How often those who wait for the thread look. */

static Outgoing *outgoing_at(Outbox *self, uint64_t position) {
    return (Outgoing *)(self->ring + position % OUTBOX_BYTES);
}

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void pause_ns(long ns) {
    struct timespec pause = {0, ns};
    nanosleep(&pause, NULL);
}

rd_kafka_resp_err_t produce(rd_kafka_t *client, const Outgoing *record, const char *key, const char *value) {
    return rd.producev(client, RD_KAFKA_VTYPE_RKT, record->topic, RD_KAFKA_VTYPE_PARTITION, record->partition,
                       RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_VALUE,
                       record->value_size < 0 ? NULL : value, kept_size(record->value_size), RD_KAFKA_VTYPE_KEY,
                       record->key_size < 0 ? NULL : key, kept_size(record->key_size), RD_KAFKA_VTYPE_TIMESTAMP,
                       record->time, RD_KAFKA_VTYPE_OPAQUE, record->report,
                       record->headers ? RD_KAFKA_VTYPE_HEADERS : RD_KAFKA_VTYPE_END, record->headers,
                       RD_KAFKA_VTYPE_END);
}

/* The thread. */

static int is_given_up(Outbox *self, uint64_t position) {
    return position < atomic_load_explicit(&self->given_up, memory_order_acquire);
}

static void keep_refused(Outbox *self, const Outgoing *record, rd_kafka_resp_err_t code) {
    Refused *refused = malloc(offsetof(Refused, record) + record->room);
    if (!refused)
        abort(); /* Rather than lose a record without a word. */
    refused->next = NULL;
    refused->code = code;
    memcpy(&refused->record, record, record->room);
    pthread_mutex_lock(&self->lock);
    *self->last_refused = refused;
    self->last_refused = &refused->next;
    pthread_mutex_unlock(&self->lock);
}

static void hand_over(Outbox *self, Outgoing *record, uint64_t position) {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__PURGE_QUEUE;
    while (!is_given_up(self, position) &&
           (code = produce(self->client, record, outgoing_key(record), outgoing_value(record))) ==
               RD_KAFKA_RESP_ERR__QUEUE_FULL)
        pause_ns(NAP_NS);
    if (code)
        keep_refused(self, record, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? RD_KAFKA_RESP_ERR__PURGE_QUEUE : code);
}

static void sleep_until_written(Outbox *self, uint64_t position) {
    pthread_mutex_lock(&self->lock);
    atomic_store(&self->is_asleep, 1);
    while (atomic_load(&self->written) == position && !atomic_load(&self->is_stopping))
        pthread_cond_wait(&self->woken, &self->lock);
    atomic_store(&self->is_asleep, 0);
    pthread_mutex_unlock(&self->lock);
}

static void *empty_outbox(void *given) {
    Outbox *self = given;
    uint64_t position = 0;
    int naps = 0;
    while (!atomic_load(&self->is_stopping)) {
        uint64_t written = atomic_load_explicit(&self->written, memory_order_acquire);
        if (position == written) {
            if (naps++ < NAPS_BEFORE_SLEEP)
                pause_ns(NAP_NS);
            else
                sleep_until_written(self, position);
            continue;
        }
        for (naps = 0; position != written; atomic_store_explicit(&self->read, position, memory_order_release)) {
            Outgoing *record = outgoing_at(self, position);
            if (record->topic)
                hand_over(self, record, position);
            position += record->room;
        }
    }
    return NULL;
}

/* Those who send. */

static void outbox_wake(Outbox *self) {
    pthread_mutex_lock(&self->lock);
    pthread_cond_signal(&self->woken);
    pthread_mutex_unlock(&self->lock);
}

int outbox_open(Outbox *self, rd_kafka_t *client) {
    sigset_t all, before;
    self->client = client;
    self->last_refused = &self->refused;
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->woken, NULL);
    if (!(self->ring = malloc(OUTBOX_BYTES)))
        return 0;
    sigfillset(&all); /* Signals are for Python's main thread. */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&self->thread, NULL, empty_outbox, self);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        free(self->ring);
        self->ring = NULL;
    }
    return !failed;
}

Outgoing *outbox_room(Outbox *self, size_t bytes) {
    uint64_t written = atomic_load_explicit(&self->written, memory_order_relaxed);
    size_t used = written - atomic_load_explicit(&self->read, memory_order_acquire);
    size_t room = (sizeof(Outgoing) + bytes + SLOT_BYTES - 1) / SLOT_BYTES * SLOT_BYTES;
    size_t rest = OUTBOX_BYTES - written % OUTBOX_BYTES;
    size_t skipped = rest < room ? rest : 0;
    if (used + skipped + room > OUTBOX_BYTES)
        return NULL;
    if (skipped) {
        *outgoing_at(self, written) = (Outgoing){.topic = NULL, .room = (uint32_t)skipped};
        atomic_store_explicit(&self->written, written + skipped, memory_order_release);
    }
    Outgoing *record = outgoing_at(self, written + skipped);
    record->room = (uint32_t)room;
    return record;
}

void outbox_put(Outbox *self, const Outgoing *record) {
    /* In one order with what the thread does when it falls asleep: one of both sees the other. */
    atomic_fetch_add(&self->written, record->room);
    if (atomic_load(&self->is_asleep))
        outbox_wake(self);
}

int outbox_wait(Outbox *self, size_t left, double seconds) {
    double until = seconds < 0 ? HUGE_VAL : seconds_now() + seconds;
    while (atomic_load(&self->written) - atomic_load(&self->read) > left) {
        if (seconds_now() >= until)
            return 0;
        pause_ns(GLANCE_NS);
    }
    return 1;
}

int outbox_count(Outbox *self) {
    int count = 0;
    uint64_t written = atomic_load(&self->written);
    for (uint64_t position = atomic_load(&self->read); position != written;) {
        Outgoing *record = outgoing_at(self, position);
        count += record->topic != NULL;
        position += record->room;
    }
    return count;
}

Refused *outbox_refused(Outbox *self) {
    pthread_mutex_lock(&self->lock);
    Refused *first = self->refused;
    self->refused = NULL;
    self->last_refused = &self->refused;
    pthread_mutex_unlock(&self->lock);
    return first;
}

int outbox_has_refused(Outbox *self) {
    pthread_mutex_lock(&self->lock);
    int has_some = self->refused != NULL;
    pthread_mutex_unlock(&self->lock);
    return has_some;
}

void free_refused(Refused *refused) {
    if (refused->record.headers)
        rd.headers_destroy(refused->record.headers);
    free(refused);
}

int outbox_give_up(Outbox *self) {
    uint64_t position = atomic_load(&self->written);
    atomic_store(&self->given_up, position);
    while (atomic_load(&self->read) < position)
        pause_ns(GLANCE_NS);
    pthread_mutex_lock(&self->lock);
    for (Refused *each = self->refused; each; each = each->next)
        each->code = RD_KAFKA_RESP_ERR__PURGE_QUEUE;
    pthread_mutex_unlock(&self->lock);
    return 1;
}

void outbox_close(Outbox *self) {
    if (!self->ring)
        return;
    outbox_give_up(self);
    atomic_store(&self->is_stopping, 1);
    outbox_wake(self);
    pthread_join(self->thread, NULL);
    for (Refused *next, *each = outbox_refused(self); each; each = next) {
        next = each->next;
        free_refused(each);
    }
    pthread_cond_destroy(&self->woken);
    pthread_mutex_destroy(&self->lock);
    free(self->ring);
    self->ring = NULL;
}
