#include "vault/records/permit.h"

#include <stdlib.h>
#include <string.h>

struct permit {
    unsigned uses;
    unsigned compartments;
    int64_t *clients;
    size_t client_count;
    char **reveal;
    size_t reveal_count;
    uint64_t event;
};

void permit_free(struct permit *permit)
{
    if (permit == NULL)
        return;
    for (size_t i = 0; i < permit->reveal_count; i++)
        free(permit->reveal[i]);
    free(permit->reveal);
    free(permit->clients);
    free(permit);
}

struct permit *permit_make(const struct permit_terms *terms)
{
    struct permit *permit = calloc(1, sizeof *permit);
    if (permit == NULL)
        return NULL;
    permit->uses = terms->uses;
    permit->compartments = terms->compartments;
    permit->event = terms->event;
    permit->clients = malloc((terms->client_count + 1) * sizeof *permit->clients);
    permit->reveal = calloc(terms->reveal_count + 1, sizeof *permit->reveal);
    if (permit->clients == NULL || permit->reveal == NULL) {
        permit_free(permit);
        return NULL;
    }
    if (terms->client_count > 0)
        memcpy(permit->clients, terms->clients, terms->client_count * sizeof *permit->clients);
    permit->client_count = terms->client_count;
    for (size_t i = 0; i < terms->reveal_count; i++) {
        permit->reveal[i] = strdup(terms->reveal[i]);
        if (permit->reveal[i] == NULL) {
            permit_free(permit);
            return NULL;
        }
        permit->reveal_count++;
    }
    return permit;
}

static int compare_rows(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

bool permit_covers(
    const struct permit *permit, enum permit_use use, int64_t client, enum compartment compartment)
{
    return (permit->uses & (unsigned)use) != 0 && (permit->compartments >> compartment & 1) != 0 &&
           bsearch(&client, permit->clients, permit->client_count, sizeof client, compare_rows) != NULL;
}

bool permit_reveals(const struct permit *permit, const char *field)
{
    for (size_t i = 0; i < permit->reveal_count; i++) {
        if (strcmp(permit->reveal[i], field) == 0 || strcmp(permit->reveal[i], "*") == 0)
            return true;
    }
    return false;
}

uint64_t permit_event(const struct permit *permit)
{
    return permit->event;
}
