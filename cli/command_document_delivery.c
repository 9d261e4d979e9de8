/* What became of a document's copies, with the proofs' hashes. */
#include "cli/command_document.h"

#include <stdio.h>
#include <string.h>

#include "cli/words.h"
#include "vault/base/text.h"
#include "vault/crypto/hash.h"

/* The proof's file by its hash; in a table it may be the hash itself, or a file beside the table. */
static int hash_proof(struct cli *cli, const char *path, const char *beside, json_t *entry)
{
    char full[1200];
    char text[2 * HASH_SIZE + 1];
    struct hash hash;
    const char *slash = beside == NULL ? NULL : strrchr(beside, '/');
    int size = path[0] == '/' || slash == NULL
                   ? snprintf(full, sizeof full, "%s", path)
                   : snprintf(full, sizeof full, "%.*s/%s", (int)(slash - beside), beside, path);
    if (beside != NULL && strlen(path) == 2 * (size_t)HASH_SIZE &&
        strspn(path, "0123456789abcdef") == strlen(path))
        return VAULT_OK;
    if (size < 0 || (size_t)size >= sizeof full || hash_file(full, &hash) != VAULT_OK)
        return failure_set(&cli->failure, VAULT_ENOTFOUND, _("%s: cannot be read"), path);
    hex_encode(hash_bytes(&hash), text);
    return json_object_set_new(entry, "proof", json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int one_entry(struct cli *cli, json_t **entry)
{
    static const char *const names[] = {"state", "how", "at"};
    const char *proof = cli_text(cli, "proof");
    *entry = json_object();
    int failed = *entry == NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && !failed; i++) {
        const char *text = cli_text(cli, names[i]);
        failed = text != NULL && json_object_set_new(*entry, names[i], json_string(text)) != 0;
    }
    if (!failed && json_object_get(*entry, "state") == NULL)
        failed = json_object_set_new(*entry, "state", json_string("sent"));
    if (failed)
        return VAULT_ENOMEM;
    return proof == NULL ? VAULT_OK : hash_proof(cli, proof, NULL, *entry);
}

static int entries_given(struct cli *cli, json_t **entries)
{
    const json_t *to = json_object_get(cli->arguments.apart, "to");
    json_t *entry = NULL;
    int result = one_entry(cli, &entry);
    *entries = json_object();
    if (result == VAULT_OK && *entries == NULL)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK && to == NULL && json_object_set(*entries, "1", entry) != 0)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < json_array_size(to) && result == VAULT_OK; i++)
        result = json_object_set(*entries, json_string_value(json_array_get(to, i)), entry) == 0
                     ? VAULT_OK
                     : VAULT_ENOMEM;
    json_decref(entry);
    return result;
}

static int entries_of_table(struct cli *cli, const char *path, json_t **entries)
{
    const char *key;
    json_t *entry;
    int result = document_table(cli, path, entries);
    json_object_foreach(*entries, key, entry)
    {
        const char *proof = json_text(entry, "proof");
        (void)json_object_del(entry, "name");
        if (result == VAULT_OK && proof != NULL)
            result = hash_proof(cli, proof, path, entry);
    }
    return result;
}

int document_entries(struct cli *cli, json_t **entries)
{
    const char *table = cli_text(cli, "register");
    return table == NULL ? entries_given(cli, entries) : entries_of_table(cli, table, entries);
}
