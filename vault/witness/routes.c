/* What can be asked of a witness over HTTP. */
#include <string.h>

#include "vault/witness/door_private.h"
#include "vault/witness/release_private.h"
#include "vault/witness/witness_private.h"

static void add_checkpoint(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)rest;
    witness_add_checkpoint(witness, body, answer);
}

static void checkpoint(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)body;
    witness_checkpoint(witness, rest, answer);
}

/* As Prometheus reads it. */
static void metrics(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    struct witness_counts counts;
    (void)rest;
    (void)body;
    witness_counts(witness, &counts);
    *answer =
        (struct witness_answer){.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8"};
    buffer_put_format(&answer->body,
        "strongroom_witness_answers_total{kind=\"cosigned\"} %llu\n"
        "strongroom_witness_answers_total{kind=\"conflict\"} %llu\n"
        "strongroom_witness_answers_total{kind=\"refused\"} %llu\n"
        "strongroom_witness_answers_total{kind=\"failed\"} %llu\n"
        "strongroom_witness_syncs_total %llu\n",
        (unsigned long long)counts.cosigned, (unsigned long long)counts.conflicts,
        (unsigned long long)counts.refused, (unsigned long long)counts.failed,
        (unsigned long long)counts.syncs);
}

static void release(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)rest;
    witness_release(witness, body, answer);
}

static void release_public(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)rest;
    (void)body;
    witness_release_public(witness, answer);
}

static void release_checkpoint(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)rest;
    (void)body;
    witness_release_checkpoint(witness, answer);
}

static void release_entries(
    struct witness *witness, struct bytes rest, struct bytes body, struct witness_answer *answer)
{
    (void)rest;
    witness_release_entries(witness, body, answer);
}

static const struct route routes[] = {
    {"POST", RELEASE_PATH, RELEASE_REQUEST_MAX, release},
    {"GET", "/release/key", 0, release_public},
    {"GET", "/release/checkpoint", 0, release_checkpoint},
    {"POST", "/release/entries", REQUEST_MAX, release_entries},
    {"POST", "/add-checkpoint", REQUEST_MAX, add_checkpoint},
    {"GET", "/checkpoint/*", 0, checkpoint},
    {"GET", "/metrics", 0, metrics},
};

static bool matches(const char *pattern, const char *path, struct bytes *rest)
{
    size_t size = strcspn(pattern, "*");
    *rest = bytes_of(NULL, 0);
    if (pattern[size] == '\0')
        return strcmp(pattern, path) == 0;
    if (strncmp(pattern, path, size) != 0)
        return false;
    *rest = bytes_of_text(path + size);
    return true;
}

const struct route *route_find(const char *method, const char *path, struct bytes *rest, unsigned *status)
{
    *status = 404;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!matches(routes[i].path, path, rest))
            continue;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
        *status = 405;
    }
    return NULL;
}
