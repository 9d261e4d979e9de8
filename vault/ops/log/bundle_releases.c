#include "vault/ops/log/bundle_releases_private.h"

#include <stdlib.h>

#include "vault/evidence/release.h"
#include "vault/ops/log/release_log_private.h"

struct bundle_releases {
    struct call *call;
    struct recipients recipients;
    struct release_log *log;
    struct bundle_writer *writer;
    uint8_t *told; /* bit by entry of the vault's log */
    uint64_t size;
};

static int find(struct bundle_releases *releases, const char *name, const struct recipient **found)
{
    struct call *call = releases->call;
    const struct recipients *all = &releases->recipients;
    struct buffer names = {0};
    *found = recipients_find(all, name);
    if (*found != NULL && !(*found)->sheet)
        return VAULT_OK;
    for (size_t i = 0; i < all->count; i++)
        if (!all->list[i].sheet)
            buffer_put_format(&names, "%s%s", names.size == 0 ? "" : ", ", all->list[i].name);
    failure_remedy(call->failure, "witnesses that release keys of this vault: %s",
        names.size == 0 ? "none" : buffer_text(&names));
    buffer_free(&names);
    return failure_set(call->failure, VAULT_ENOTFOUND, "releases: there is no such witness as '%s'", name);
}

int bundle_releases_read(struct call *call, struct bundle_releases **releasesp)
{
    const char *name = call_text(call, "releases");
    const struct recipient *recipient;
    *releasesp = NULL;
    if (name == NULL)
        return VAULT_OK;
    struct bundle_releases *releases = calloc(1, sizeof *releases);
    if (releases == NULL)
        return VAULT_ENOMEM;
    releases->call = call;
    int result = recipients_read(session_store(call->session), &releases->recipients, call->failure);
    if (result == VAULT_OK)
        result = find(releases, name, &recipient);
    if (result == VAULT_OK)
        result = release_log_new(call, recipient, &releases->log);
    if (result == VAULT_OK)
        result = release_log_read(releases->log, NULL, NULL);
    if (result != VAULT_OK) {
        bundle_releases_free(releases);
        return result;
    }
    *releasesp = releases;
    return VAULT_OK;
}

void bundle_releases_free(struct bundle_releases *releases)
{
    if (releases == NULL)
        return;
    release_log_free(releases->log);
    free(releases->told);
    free(releases);
}

int bundle_releases_start(struct bundle_releases *releases, uint64_t size)
{
    if (releases == NULL)
        return VAULT_OK;
    releases->size = size;
    releases->told = calloc(size / 8 + 1, 1);
    return releases->told == NULL ? VAULT_ENOMEM : VAULT_OK;
}

void bundle_releases_tell(struct bundle_releases *releases, uint64_t index)
{
    if (releases != NULL && index < releases->size)
        releases->told[index / 8] |= (uint8_t)(1u << index % 8);
}

static bool is_told(const struct bundle_releases *releases, const struct release_log_entry *entry)
{
    struct release_leaf release;
    return entry->whole && release_leaf_read(entry->leaf, &release) == NULL &&
           release.access_seq < releases->size &&
           (releases->told[release.access_seq / 8] >> release.access_seq % 8 & 1) != 0;
}

static int write_entry(void *context, const struct release_log_entry *entry, struct bytes proof)
{
    struct bundle_releases *releases = context;
    struct bundle_entry out = {.index = entry->index,
        .leaf = is_told(releases, entry) ? entry->leaf : bytes_of(NULL, 0),
        .leaf_hash = entry->hash,
        .proof = proof};
    return bundle_writer_release_entry(releases->writer, &out, releases->call->failure);
}

int bundle_releases_write(struct bundle_releases *releases, struct bundle_writer *writer)
{
    if (releases == NULL || release_log_size(releases->log) == 0)
        return VAULT_OK;
    struct scope scope = {.range = true, .end = release_log_size(releases->log)};
    releases->writer = writer;
    int result = bundle_writer_release(writer, release_log_checkpoint(releases->log),
        release_log_key(releases->log), &scope, releases->call->failure);
    return result == VAULT_OK ? release_log_prove(releases->log, write_entry, releases) : result;
}
