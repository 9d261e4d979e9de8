/* How many cosignatures a second a witness gives, each durable before it leaves, to many logs at once: by
 * direct calls, and over TLS on the loopback.  The peer in the same run is the disk itself: an append and a
 * data sync, one after another. usage: witness_bench DIR [LOGS [ENTRIES]]  (an empty directory, 32, 200) */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/tree.h"
#include "vault/http/http.h"
#include "vault/witness/door.h"

#define ENTRIES_MAX 2000u

struct vault {
    struct note_key key;
    struct sign_key *signer;
    struct hash nodes[2 * ENTRIES_MAX];
    struct buffer *bodies; /* one a step */
    unsigned entries;
    struct witness *witness;
    struct http_client *client; /* NULL: by direct calls */
    unsigned failed;
};

static void must(int result, const char *what, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, failure == NULL ? vault_error_text(result) : failure->text);
    exit(1);
}

static int node_of(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct vault *vault = context;
    *hash = vault->nodes[tree_position(level, index)];
    return VAULT_OK;
}

static void put_body(struct vault *vault, struct hasher *hasher, uint64_t size, const struct hash *root)
{
    struct tree_nodes nodes = {node_of, vault};
    struct buffer proof = {0};
    struct buffer *body = &vault->bodies[size - 1];
    struct checkpoint checkpoint = {bytes_of_text(vault->key.name), size, *root};
    buffer_put_format(body, "old %llu\n", (unsigned long long)(size - 1));
    must(tree_consistency(&nodes, hasher, size - 1, size, &proof), "proof", NULL);
    for (size_t i = 0; i < proof.size; i += HASH_SIZE) {
        base64_encode(bytes_of(proof.data + i, HASH_SIZE), body);
        buffer_put_u8(body, '\n');
    }
    buffer_put_u8(body, '\n');
    must(checkpoint_sign(&checkpoint, &vault->key, vault->signer, body), "checkpoint", NULL);
    buffer_free(&proof);
}

/* Everything that the log's side would do is done before the clock runs. */
static void prepare(struct vault *vault, const char *directory, int number, unsigned entries)
{
    char name[40];
    struct buffer vkey = {0};
    struct tree_edge edge = {0};
    struct hash fresh[TREE_LEVELS + 1];
    struct hash hash;
    size_t count = 0;
    struct failure failure = {0};
    struct hasher *hasher = hasher_new();
    struct secret *seed = secret_random(KEY_SIZE);
    (void)snprintf(name, sizeof name, "vault.example/%d", number);
    vault->signer = sign_key_from_seed(seed);
    vault->entries = entries;
    vault->bodies = calloc(entries, sizeof *vault->bodies);
    must(note_key_make(name, NOTE_ED25519, sign_key_public(vault->signer), &vault->key), "key", NULL);
    note_key_format(&vault->key, &vkey);
    must(witness_log_add(directory, buffer_text(&vkey), NULL, &failure), "log", &failure);
    for (uint64_t i = 0; i < entries; i++) {
        tree_leaf_hash(hasher, bytes_of(&i, sizeof i), &hash);
        size_t more = tree_edge_add(&edge, hasher, &hash, fresh);
        memcpy(vault->nodes + count, fresh, more * sizeof fresh[0]);
        count += more;
        tree_edge_root(&edge, hasher, &hash);
        put_body(vault, hasher, i + 1, &hash);
    }
    buffer_free(&vkey);
    secret_free(seed);
    hasher_free(hasher);
}

static unsigned post(struct vault *vault, struct bytes body)
{
    struct http_answer answer;
    struct http_request request = {
        .method = "POST", .path = "/add-checkpoint", .content_type = "text/plain", .body = body};
    int result = http_ask(vault->client, &request, &answer, NULL);
    unsigned status = result == VAULT_OK ? answer.status : 0;
    http_answer_free(&answer);
    return status;
}

static void *grow(void *context)
{
    struct vault *vault = context;
    for (unsigned i = 0; i < vault->entries; i++) {
        struct bytes body = buffer_bytes(&vault->bodies[i]);
        struct witness_answer answer = {0};
        if (vault->client != NULL)
            answer.status = post(vault, body);
        else
            witness_add_checkpoint(vault->witness, body, &answer);
        vault->failed += answer.status != 200;
        buffer_free(&answer.body);
    }
    return NULL;
}

/* Of the whole process, clients included: what does not depend on who else is at work on the machine. */
static double processor_seconds(void)
{
    struct timespec used = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double seconds_since(uint64_t start)
{
    return (double)(instant_monotonic() - start) / 1e9;
}

/* The disk by itself: what one witness without groups could do at most. */
static double measure_disk(const char *directory)
{
    uint8_t record[512];
    char *path = file_path(directory, "peer");
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int count = 0;
    memset(record, 'x', sizeof record);
    uint64_t start = instant_monotonic();
    while (seconds_since(start) < 1) {
        if (pwrite(file, record, sizeof record, (off_t)count * (off_t)sizeof record) != sizeof record ||
            fdatasync(file) != 0)
            must(VAULT_EIO, "peer", NULL);
        count++;
    }
    double rate = count / seconds_since(start);
    (void)close(file);
    (void)unlink(path);
    free(path);
    return rate;
}

static void measure(const char *root, bool over_tls, int logs, unsigned entries, double disk)
{
    struct failure failure = {0};
    struct witness *witness;
    struct door *door = NULL;
    struct witness_counts counts;
    char *directory = file_path(root, over_tls ? "tls" : "direct");
    struct vault *vaults = calloc((size_t)logs, sizeof *vaults);
    pthread_t *threads = calloc((size_t)logs, sizeof *threads);
    unsigned failed = 0;
    for (int i = 0; i < logs; i++)
        prepare(&vaults[i], directory, i, entries);
    must(witness_open(directory, "witness.example/bench", &witness, &failure), "witness", &failure);
    if (over_tls)
        must(door_open(witness, directory,
                 &(struct door_options){.listen = "127.0.0.1:0", .connections = 1000}, &door, &failure),
            "door", &failure);
    for (int i = 0; i < logs; i++) {
        vaults[i].witness = witness;
        if (over_tls)
            must(http_client_new(
                     &(struct http_server){
                         .url = door_url(door), .pin = door_pin(door)->data, .total_ms = 60000},
                     &vaults[i].client, &failure),
                "client", &failure);
    }
    double processor = processor_seconds();
    uint64_t start = instant_monotonic();
    for (int i = 0; i < logs; i++)
        must(pthread_create(&threads[i], NULL, grow, &vaults[i]) == 0 ? VAULT_OK : VAULT_ENOMEM, "thread",
            NULL);
    for (int i = 0; i < logs; i++)
        (void)pthread_join(threads[i], NULL);
    double seconds = seconds_since(start);
    processor = processor_seconds() - processor;
    witness_counts(witness, &counts);
    for (int i = 0; i < logs; i++) {
        failed += vaults[i].failed;
        http_client_free(vaults[i].client);
        for (unsigned k = 0; k < entries; k++)
            buffer_free(&vaults[i].bodies[k]);
        free(vaults[i].bodies);
        sign_key_free(vaults[i].signer);
    }
    double rate = (double)logs * entries / seconds;
    (void)printf(
        "{\"what\":\"witness\",\"how\":\"%s\",\"logs\":%d,\"cosignatures\":%llu,\"failed\":%u,\"syncs\":%llu,"
        "\"cosignatures_per_second\":%.0f,\"disk_syncs_per_second\":%.0f,\"ratio\":%.2f,\"processor_"
        "microseconds_each\":%.0f}\n",
        over_tls ? "tls" : "direct", logs, (unsigned long long)counts.cosigned, failed,
        (unsigned long long)counts.syncs, rate, disk, rate / disk,
        processor * 1e6 / (logs * (double)entries));
    door_free(door);
    witness_free(witness);
    free(vaults);
    free(threads);
    free(directory);
}

int main(int argc, char **argv)
{
    int logs = argc > 2 ? atoi(argv[2]) : 32;
    int entries = argc > 3 ? atoi(argv[3]) : 200;
    if (argc < 2 || logs < 1 || logs > 500 || entries < 1 || entries > (int)ENTRIES_MAX) {
        (void)fprintf(stderr, "usage: witness_bench DIR [LOGS [ENTRIES]]\n");
        return 1;
    }
    must(crypto_start(), "crypto", NULL);
    double disk = measure_disk(argv[1]);
    measure(argv[1], false, logs, (unsigned)entries, disk);
    measure(argv[1], true, logs, (unsigned)entries, disk);
    return 0;
}
