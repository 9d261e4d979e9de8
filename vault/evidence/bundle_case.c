/* case.json: an event incident.bundle tells its hash, and it tells those of the files that come with it. */
#include <stdlib.h>
#include <string.h>

#include "vault/evidence/bundle_private.h"
#include "vault/evidence/canonical.h"

static const char case_file[] = "case.json";

int bundle_case_hash(struct bundle *bundle, struct case_sought *sought)
{
    struct bytes content;
    struct hash hash;
    int result = bundle_map(bundle, case_file, &content, &sought->there);
    if (result != VAULT_OK || !sought->there)
        return result;
    hash_sha256(content, &hash);
    hex_encode(hash_bytes(&hash), sought->hash);
    container_drop(bundle->container, content);
    return VAULT_OK;
}

void bundle_case_match(struct bundle *bundle, const struct case_sought *sought, const struct entry *entry)
{
    struct bytes value;
    struct bytes about;
    if (sought->there && canonical_find(entry->leaf, "event", &value) &&
        bytes_equal(canonical_string(value), bytes_of_text("incident.bundle")) &&
        canonical_find(entry->leaf, "incident", &about) && canonical_find(about, "sha256", &value) &&
        bytes_equal(canonical_string(value), bytes_of_text(sought->hash))) {
        bundle->report->has_case = true;
        bundle->report->case_event = entry->index;
    }
}

/* --- Its files --- */

/* In canonical JSON a quote within a text is written with a backslash before it, so these bytes are a
 * member's name and the beginning of its text, wherever they stand. */
static void mark_told(const struct bundle *bundle, struct bytes text, bool *told)
{
    static const char member[] = "\"sha256\":\"";
    char name[] = "files/0123456789012345678901234567890123456789012345678901234567890123";
    const size_t before = sizeof member - 1;
    const uint8_t *at;
    size_t index;
    while (text.size > 0 && (at = memmem(text.data, text.size, member, before)) != NULL) {
        size_t left = text.size - (size_t)(at - text.data) - before;
        text = bytes_of(at + before, left);
        if (left < CONTAINER_CASE_DIGITS)
            return;
        memcpy(name + sizeof "files/" - 1, text.data, CONTAINER_CASE_DIGITS);
        if (container_case_name(name) && container_find(bundle->container, name, &index))
            told[index] = true;
    }
}

/* That a file's bytes have the hash that the manifest tells is checked with the manifest; here, that it has
 * the one of its name. */
static bool is_its_name(struct bundle *bundle, size_t index, int *result)
{
    struct bytes content;
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    *result = container_get(bundle->container, index, &content, bundle->failure);
    if (*result != VAULT_OK)
        return false;
    hash_sha256(content, &hash);
    hex_encode(hash_bytes(&hash), hex);
    container_drop(bundle->container, content);
    return strcmp(container_name(bundle->container, index) + sizeof "files/" - 1, hex) == 0;
}

static int check_files(struct bundle *bundle, const bool *told)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < container_count(bundle->container) && result == VAULT_OK; i++) {
        const char *name = container_name(bundle->container, i);
        if (!container_case_name(name))
            continue;
        if (!told[i])
            return bundle_refuse(
                bundle, BUNDLE_CASE_FILE, name, BUNDLE_NOWHERE, "case.json does not tell of it");
        if (!is_its_name(bundle, i, &result))
            return result != VAULT_OK ? result
                                      : bundle_refuse(bundle, BUNDLE_CASE_FILE, name, BUNDLE_NOWHERE,
                                            "its SHA-256 is not its name");
        bundle->report->case_files++;
    }
    return result;
}

int bundle_case_check(struct bundle *bundle, const struct case_sought *sought)
{
    struct bytes text = bytes_of(NULL, 0);
    bool there;
    if (sought->there && !bundle->report->has_case)
        return bundle_refuse(bundle, BUNDLE_CASE, case_file, BUNDLE_NOWHERE, NULL);
    bool *told = calloc(container_count(bundle->container) + 1, sizeof *told);
    int result = told == NULL ? VAULT_ENOMEM : bundle_map(bundle, case_file, &text, &there);
    if (result == VAULT_OK) {
        mark_told(bundle, text, told);
        container_drop(bundle->container, text);
        result = check_files(bundle, told);
    }
    free(told);
    return result;
}
