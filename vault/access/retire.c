/* Slots of disabled people: taken out of the slots file, so that their passphrases open nothing any more. */
#include <stdlib.h>

#include "vault/access/layout.h"
#include "vault/access/retire.h"
#include "vault/access/session_private.h"
#include "vault/base/file.h"
#include "vault/keys/slots.h"

static int take_out(struct session *session, struct slots *slots, size_t *count, struct failure *failure)
{
    struct statement *users = NULL;
    bool row = true;
    *count = 0;
    int result = statement_own(session->store, QUERY_USER_LIST, &users, failure);
    while (result == VAULT_OK && (result = statement_step(users, &row, failure)) == VAULT_OK && row) {
        const char *user = column_text(users, 0);
        if (column_number(users, 3) == 0 || !slots_has(slots, user))
            continue;
        slots_remove(slots, user);
        ++*count;
    }
    statement_free(users);
    return result;
}

/* The file as it would be without them. */
static int load(
    struct session *session, char **path, struct slots **slots, size_t *count, struct failure *failure)
{
    *slots = NULL;
    *path = file_path(session->directory, LAYOUT_SLOTS);
    int result = *path == NULL ? VAULT_ENOMEM : slots_load(*path, slots, failure);
    return result == VAULT_OK ? take_out(session, *slots, count, failure) : result;
}

int slots_left(struct session *session, size_t *count, struct failure *failure)
{
    struct slots *slots = NULL;
    char *path = NULL;
    int result = load(session, &path, &slots, count, failure);
    slots_free(slots);
    free(path);
    return result;
}

int slots_retire(struct session *session, struct failure *failure)
{
    struct slots *slots = NULL;
    char *path = NULL;
    size_t count = 0;
    int result = load(session, &path, &slots, &count, failure);
    if (result == VAULT_OK && count > 0)
        result = slots_save(slots, path, failure);
    slots_free(slots);
    free(path);
    if (result == VAULT_OK)
        return VAULT_OK;
    failure_prefix(failure, "the user is disabled, but the key slot is still there");
    failure_remedy(failure, "disable the user again");
    return result;
}
