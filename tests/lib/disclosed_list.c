/*
 * What the index of disclosures says, spelled out, as JSON lines; test-only.
 *
 *   disclosed-list VAULT USER PASSPHRASE-FILE [--update] [--paths PATH,PATH...]
 *
 * One line a disclosure: event, person, client (id), record (id or ""), version, kind, action, view, export,
 * and which of the paths it shows.  --update writes the index up to the log's end first; otherwise the rest
 * is read from the log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/passphrase.h"
#include "vault/access/clients.h"
#include "vault/access/session_parts.h"
#include "vault/base/json.h"
#include "vault/trace/disclosures.h"

struct listing {
    struct session *session;
    struct disclosures *disclosures;
    char client[ULID_TEXT_SIZE];
    char *paths; /* parted by commas */
    struct failure failure;
};

static void must(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "disclosed-list: %s: %s\n", vault_error_text(result), failure->text);
    exit(3);
}

static json_t *shown_paths(const struct listing *listing, const struct disclosure *disclosure)
{
    json_t *shown = json_array();
    char *paths = listing->paths == NULL ? NULL : strdup(listing->paths);
    for (char *rest = paths, *path; rest != NULL && (path = strsep(&rest, ",")) != NULL;) {
        if (disclosures_shows(listing->disclosures, disclosure, path))
            (void)json_array_append_new(shown, json_string(path));
    }
    free(paths);
    return shown;
}

static int print(void *context, const struct disclosure *disclosure)
{
    struct listing *listing = context;
    char record[ULID_TEXT_SIZE] = "";
    struct record_info info;
    if (disclosure->record != 0 &&
        records_info(session_records(listing->session), disclosure->record, &info, NULL) == VAULT_OK)
        ulid_format(&info.id, record);
    json_t *line = json_pack("{s:I,s:s,s:s,s:s,s:i,s:s,s:i,s:i,s:i,s:I,s:s,s:o}", "event",
        (json_int_t)disclosure->event, "person", disclosures_person(listing->disclosures, disclosure->person),
        "client", listing->client, "record", record, "version", (int)disclosure->version, "kind",
        disclosure->kind == 0 ? "" : kind_name(disclosure->kind), "action", (int)disclosure->action, "view",
        (int)disclosure->view, "export", (int)disclosure->export, "at", (json_int_t)disclosure->at, "period",
        disclosure->period, "shows", shown_paths(listing, disclosure));
    char *text = json_dumps(line, JSON_COMPACT | JSON_SORT_KEYS);
    (void)printf("%s\n", text);
    free(text);
    json_decref(line);
    return VAULT_OK;
}

static void update(struct listing *listing)
{
    struct disclosure_source source = {session_log(listing->session), session_store(listing->session),
        session_vault(listing->session), session_keys(listing->session)->log_index};
    uint64_t left = 1;
    while (left > 0) {
        must(store_begin(source.store, &listing->failure), &listing->failure);
        must(disclosure_index_update(&source, 1u << 20, &left, &listing->failure), &listing->failure);
        must(store_commit(source.store, &listing->failure), &listing->failure);
    }
}

static void list(struct listing *listing)
{
    struct session *session = listing->session;
    struct disclosure_filter all = {.before = INT64_MAX};
    struct client_facts client;
    must(disclosures_open(session_log(session), session_store(session), session_vault(session),
             session_keys(session)->log_index, &listing->disclosures, &listing->failure),
        &listing->failure);
    for (int64_t row = 1; clients_by_row(session, row, &client, NULL) == VAULT_OK; row++) {
        ulid_format(&client.id, listing->client);
        must(disclosures_of_client(listing->disclosures, row, &all, print, listing, &listing->failure),
            &listing->failure);
    }
    disclosures_free(listing->disclosures);
}

int main(int argc, char **argv)
{
    struct listing listing = {0};
    struct secret *passphrase = NULL;
    bool writes = false;
    bool open_to_others;
    if (argc < 4)
        return 1;
    for (int i = 4; i < argc; i++) {
        writes = writes || strcmp(argv[i], "--update") == 0;
        if (strcmp(argv[i], "--paths") == 0 && i + 1 < argc)
            listing.paths = argv[++i];
    }
    must(crypto_start(), &listing.failure);
    must(passphrase_from_file(argv[3], &passphrase, &open_to_others, &listing.failure), &listing.failure);
    struct session_options options = {.directory = argv[1], .user = argv[2], .passphrase = passphrase};
    must(session_open(&options, &listing.session, &listing.failure), &listing.failure);
    if (writes)
        update(&listing);
    list(&listing);
    session_free(listing.session);
    secret_free(passphrase);
    return 0;
}
