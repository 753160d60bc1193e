/* The C handle of a client that confluent-kafka makes. The extension is a librdkafka plugin ("plugin.library.paths"):
 * conf_init is called for a client's settings, and what it leaves there is called with the client when that is made. */

#include "clients.h"

static __thread rd_kafka_t *newest_client;

static rd_kafka_resp_err_t on_new(rd_kafka_t *client, const rd_kafka_conf_t *conf, void *opaque, char *text,
                                  size_t size) {
    (void)conf, (void)opaque, (void)text, (void)size;
    newest_client = client;
    return 0;
}

__attribute__((visibility("default"))) rd_kafka_resp_err_t conf_init(rd_kafka_conf_t *conf, void **opaque, char *text,
                                                                     size_t size);

rd_kafka_resp_err_t conf_init(rd_kafka_conf_t *conf, void **opaque, char *text, size_t size) {
    (void)opaque, (void)text, (void)size;
    return rd.conf_interceptor_add_on_new(conf, "kstream", on_new, NULL);
}

rd_kafka_t *find_newest_client(void) {
    if (!newest_client)
        PyErr_SetString(PyExc_RuntimeError, "no client was made on this thread with this plugin in its settings");
    return newest_client;
}

void forget_newest_client(void) { newest_client = NULL; }
