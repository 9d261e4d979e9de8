/* Client keys go on to the epoch that their portfolio has come to, as many at a time as fit. */
#include <stdlib.h>

#include "vault/access/pending.h"
#include "vault/access/role_state_private.h"
#include "vault/access/session_private.h"
#include "vault/access/settle_private.h"
#include "vault/keys/issue.h"

#define REWRAP_AT_ONCE 256

/* Some client keys at an opening, all of them when somebody waits for it.  @p barred: those that only
 * another's keys open. */
static int rewrap_some(
    struct session *session, const char *portfolio, int64_t *left, int64_t *barred, struct failure *failure)
{
    struct issue issue = {session->store, session->vault, failure};
    int result = store_begin(session->store, failure);
    *left = *barred = 0;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        int64_t rest = 0;
        result = issue_rewrap_clients(
            &issue, session->keyring, portfolio, (enum compartment)i, REWRAP_AT_ONCE, &rest);
        if (result == VAULT_ENOKEY) {
            failure_clear(failure);
            *barred += rest;
            result = VAULT_OK;
        } else {
            *left += rest;
        }
    }
    if (result == VAULT_OK && *left + *barred == 0)
        result = waiting_flag_put(session, PENDING_REWRAP, portfolio, 0, failure);
    if (result == VAULT_OK)
        return store_commit(session->store, failure);
    store_rollback(session->store);
    return result;
}

static int names_to_rewrap(struct session *session, struct names *names, struct failure *failure)
{
    struct statement *portfolios = NULL;
    bool row = true;
    int result = statement_own(session->store, QUERY_PORTFOLIO_NAMES, &portfolios, failure);
    while (result == VAULT_OK && (result = statement_step(portfolios, &row, failure)) == VAULT_OK && row) {
        if (waiting_flag(session, PENDING_REWRAP, column_text(portfolios, 0)) != 0)
            result = names_add(names, column_text(portfolios, 0));
    }
    statement_free(portfolios);
    return result;
}

int pending_rewrap(struct session *session, bool all, int64_t *left, struct failure *failure)
{
    struct names names = {0};
    *left = 0;
    int result = names_to_rewrap(session, &names, failure);
    for (size_t i = 0; i < names.count && result == VAULT_OK; i++) {
        const struct secret *key;
        int64_t rest = 0;
        int64_t barred = 0;
        if (keyring_cards(session->keyring, names.items[i].text, &key, NULL) != VAULT_OK)
            continue;
        do
            result = rewrap_some(session, names.items[i].text, &rest, &barred, failure);
        while (all && result == VAULT_OK && rest > 0);
        *left += rest + barred;
    }
    free(names.items);
    return result;
}
