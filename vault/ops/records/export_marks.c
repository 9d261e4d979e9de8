#include "vault/ops/records/export_marks_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/copies.h"
#include "vault/access/settings.h"
#include "vault/base/json.h"

#define KEEP_TRIES 6

/* --- Whether --- */

static int is_on(struct call *call, const char *name, bool *on)
{
    return setting_is_on(session_store(call->session), name, on, call->failure);
}

int copy_unmarked_purpose(struct call *call, bool *unmarked)
{
    char codes[SETTING_VALUE_MAX + 1] = "";
    const char *purpose = call_text(call, "purpose"), *code = codes;
    size_t size = purpose == NULL ? 0 : strcspn(purpose, ":");
    int result =
        setting_value(session_store(call->session), setting_find(SETTING_UNMARKED), codes, call->failure);
    *unmarked = false;
    while (result == VAULT_OK && *code != '\0' && strcmp(codes, "none") != 0) {
        size_t length = strcspn(code, ",");
        *unmarked = *unmarked || (length == size && memcmp(code, purpose, size) == 0);
        code += length + (code[length] == ',');
    }
    return result;
}

int copy_marks_plan(struct call *call, struct copy_marks *marks)
{
    bool on = false, purpose = false;
    int result = is_on(call, SETTING_MARKS, &on);
    if (result == VAULT_OK)
        result = copy_unmarked_purpose(call, &purpose);
    if (result == VAULT_OK)
        result = is_on(call, SETTING_MARKS_TEXTS, &marks->writer.texts);
    if (result == VAULT_OK)
        result = is_on(call, SETTING_MARKS_ORDER, &marks->order);
    if (result == VAULT_OK)
        result = is_on(call, SETTING_MARKS_WORKBOOK, &marks->writer.properties);
    if (result == VAULT_OK)
        result = is_on(call, SETTING_FOOTER, &marks->footer);
    marks->why_not = !on ? "setting" : purpose ? "purpose" : call_flag(call, "no_marks") ? "asked" : NULL;
    marks->marked = !on ? REQUEST_MARKED_UNSAID : marks->why_not == NULL ? REQUEST_MARKED : REQUEST_UNMARKED;
    marks->order = marks->order && marks->why_not == NULL;
    return result;
}

/* --- The copy --- */

int copy_marks_make(struct call *call, struct copy_marks *marks)
{
    if (marks->why_not != NULL)
        return VAULT_OK;
    marks->seed = secret_random(FINGERPRINT_SEED_SIZE);
    if (marks->seed == NULL)
        return VAULT_ENOMEM;
    fingerprint_commit(marks->seed, &marks->commitment);
    int result = copies_code(call->session, &marks->code, call->failure);
    if (result == VAULT_OK && (marks->word = fingerprint_word_new(marks->seed)) == NULL)
        result = VAULT_ENOMEM;
    marks->writer.code = marks->code;
    marks->writer.word = marks->word;
    return result;
}

int copy_marks_keep(struct call *call, const struct copy_marks *marks, const struct copy_decoys *decoys)
{
    int result = VAULT_OK;
    if (marks->seed == NULL)
        return VAULT_OK;
    /* Each try waits as long as the store does. */
    for (int i = 0; i < KEEP_TRIES; i++) {
        struct failure tried = {0};
        result = copies_keep(
            call->session, marks->seed, &marks->commitment, buffer_bytes(&decoys->tokens), &tried);
        if (result == VAULT_OK)
            return VAULT_OK;
        if (result != VAULT_EBUSY || i == KEEP_TRIES - 1) {
            if (tried.remedy[0] != '\0')
                failure_remedy(call->failure, "%s", tried.remedy);
            return failure_set(
                call->failure, result, "%s", tried.error == VAULT_OK ? vault_error_text(result) : tried.text);
        }
    }
    return result;
}

json_t *copy_marks_json(const struct copy_marks *marks)
{
    if (marks->why_not != NULL)
        return json_pack("{s:s,s:s}", "code", "none", "why", marks->why_not);
    json_t *kinds = json_array();
    if (kinds != NULL && marks->writer.texts)
        (void)json_array_append_new(kinds, json_string("texts"));
    if (kinds != NULL && marks->order)
        (void)json_array_append_new(kinds, json_string("order"));
    if (kinds != NULL && marks->writer.properties)
        (void)json_array_append_new(kinds, json_string("workbook"));
    return json_pack("{s:s,s:o,s:o}", "code", FINGERPRINT_VERSION, "commitment",
        json_hex(hash_bytes(&marks->commitment)), "kinds", kinds);
}

void copy_marks_free(struct copy_marks *marks)
{
    fingerprint_word_free(marks->word);
    fingerprint_code_free(marks->code);
    secret_free(marks->seed);
    marks->word = NULL;
    marks->code = NULL;
    marks->seed = NULL;
}

/* --- Order --- */

struct place_in_order {
    uint64_t rank;
    size_t client;
};

static int compare_places(const void *a, const void *b)
{
    const struct place_in_order *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->client < y->client ? -1 : x->client > y->client;
}

/* By the name, which is what a leaked list of clients holds most often. */
static uint64_t rank_name(const struct copy_marks *marks, const char *name)
{
    char key[WRITING_KEY_SIZE];
    uint64_t rank =
        fingerprint_rank(marks->word, bytes_of(key, writing_key(bytes_of_text(name), key)));
    wipe(key, sizeof key);
    return rank;
}

static int rank_client(
    struct call *call, const struct copy_marks *marks, const struct client_facts *client, uint64_t *rank)
{
    json_t *card = NULL;
    int result = clients_card(call->session, client, &card, call->failure);
    if (result == VAULT_OK)
        *rank = rank_name(marks, json_text(card, "name"));
    json_decref(card);
    return result;
}

/* Without an order of its own behind any client of those that were named. */
static uint64_t place_made(const struct copy_marks *marks, const struct made_client *made, size_t count)
{
    uint32_t random;
    random_fill(&random, sizeof random);
    return marks->order ? rank_name(marks, made->company.name) : random % (count == 0 ? 1 : count);
}

int copy_marks_order(struct call *call, const struct copy_marks *marks, const struct client_facts *clients,
    size_t count, const struct copy_decoys *more, size_t *order)
{
    size_t all = count + (more == NULL ? 0 : more->made);
    struct place_in_order *places = calloc(all == 0 ? 1 : all, sizeof *places);
    int result = places == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < count && result == VAULT_OK; i++) {
        places[i].client = i;
        places[i].rank = i;
        if (marks->order)
            result = rank_client(call, marks, &clients[i], &places[i].rank);
    }
    for (size_t i = count; i < all && result == VAULT_OK; i++)
        places[i] = (struct place_in_order){place_made(marks, &more->list[i - count], count), i};
    if (result == VAULT_OK)
        qsort(places, all, sizeof *places, compare_places);
    for (size_t i = 0; i < all && result == VAULT_OK; i++)
        order[i] = places[i].client;
    free(places);
    return result;
}
