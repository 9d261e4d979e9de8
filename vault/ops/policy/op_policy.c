/* Policies to be read: the one in force, those before it, and those that are proposed. */
#include <string.h>

#include "vault/access/settings.h"
#include "vault/ops/call_private.h"
#include "vault/ops/policy/policy_private.h"

#define PREFIX_MIN 4

/* --- policy.show --- */

struct found {
    struct buffer text;
    struct hash hash;
    int64_t proposal; /* the event, if it is only proposed */
    size_t matches;
};

static bool fits(struct bytes hash, const char *asked)
{
    struct buffer base64 = {0};
    char hex[2 * HASH_SIZE + 1];
    size_t size = strlen(asked);
    if (hash.size != HASH_SIZE)
        return false;
    hex_encode(hash, hex);
    base64_encode(hash, &base64);
    const char *text = buffer_text(&base64);
    bool fit = strncasecmp(hex, asked, size) == 0 || (text != NULL && strncmp(text, asked, size) == 0);
    buffer_free(&base64);
    return fit;
}

/* One that was set twice, or proposed and set, is one policy. */
static int match_list(struct call *call, const char *asked, bool proposals, struct found *found)
{
    struct statement *statement;
    bool row = true;
    int result = store_query(session_store(call->session),
        proposals ? QUERY_PROPOSAL_LIST : QUERY_POLICY_LIST, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        struct bytes hash = column_bytes(statement, proposals ? 2 : 0);
        if (!fits(hash, asked) || (found->matches > 0 && bytes_equal(hash, hash_bytes(&found->hash))))
            continue;
        memcpy(found->hash.data, hash.data, HASH_SIZE);
        found->proposal = proposals ? column_number(statement, 0) : 0;
        found->matches++;
    }
    return result;
}

static int match(struct call *call, const char *asked, struct found *found)
{
    int result = match_list(call, asked, false, found);
    if (result == VAULT_OK)
        result = match_list(call, asked, true, found);
    if (result == VAULT_OK && found->matches == 0)
        result = failure_set(call->failure, VAULT_ENOTFOUND, "there was no policy with the hash '%s'", asked);
    if (result == VAULT_OK && found->matches > 1)
        result = failure_set(call->failure, VAULT_EINPUT, "%zu policies have a hash that begins with '%s'",
            found->matches, asked);
    return result;
}

static int read_proposed(struct call *call, struct found *found)
{
    struct proposal proposal;
    int result = proposal_get(session_store(call->session), found->proposal, &proposal, call->failure);
    if (result != VAULT_OK)
        return result;
    buffer_put(&found->text, buffer_bytes(&proposal.text));
    proposal_free(&proposal);
    return buffer_error(&found->text);
}

static int read_text(struct call *call, const char *asked, struct found *found)
{
    struct statement *statement;
    bool row = false;
    if (found->proposal != 0)
        return read_proposed(call, found);
    int result = store_query(session_store(call->session),
        asked == NULL ? QUERY_POLICY_NOW : QUERY_POLICY_BY_HASH, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    if (asked != NULL)
        bind_bytes(statement, 1, hash_bytes(&found->hash));
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row) {
        buffer_put(&found->text, column_bytes(statement, asked == NULL ? 1 : 0));
        if (asked == NULL && column_bytes(statement, 0).size == HASH_SIZE)
            memcpy(found->hash.data, column_bytes(statement, 0).data, HASH_SIZE);
        result = buffer_error(&found->text);
        statement_reset(statement);
    }
    return result;
}

/* A text that is not that of its hash was put there by somebody else. */
static int check_text(struct call *call, const struct found *found)
{
    struct hash hash;
    hash_sha256(buffer_bytes(&found->text), &hash);
    if (bytes_equal(hash_bytes(&hash), hash_bytes(&found->hash)))
        return VAULT_OK;
    return failure_set(call->failure, VAULT_EFORGED, "the policy in the store is not the one that was set");
}

static int check_asked(struct call *call, const char **asked)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    if (*asked == NULL)
        return VAULT_OK;
    if (strncmp(*asked, "sha256:", 7) == 0)
        *asked += 7;
    size_t size = strlen(*asked);
    if (size >= PREFIX_MIN && size <= 64 && strspn(*asked, letters) == size)
        return VAULT_OK;
    return failure_set(
        call->failure, VAULT_EUSAGE, "'%s' is no hash, nor the first %d digits of one", *asked, PREFIX_MIN);
}

int op_policy_show(struct call *call)
{
    const char *asked = call_text(call, "hash");
    struct access_request request = {.action = "policy.show"};
    struct found found = {0};
    int result = check_asked(call, &asked);
    if (result == VAULT_OK)
        result = call_allow(
            call, &request, asked == NULL ? NULL : json_pack("{s:{s:s}}", "query", "hash", asked), NULL);
    if (result == VAULT_OK && asked != NULL)
        result = match(call, asked, &found);
    if (result == VAULT_OK)
        result = read_text(call, asked, &found);
    if (result == VAULT_OK)
        result = check_text(call, &found);
    if (result == VAULT_OK)
        result = reply_text(call, buffer_bytes(&found.text));
    buffer_free(&found.text);
    return result;
}

/* --- policy.list --- */

static int put_row(struct call *call, struct bytes hash, int64_t bytes, int64_t event, const char *state,
    const char *proposer)
{
    json_t *row = json_pack("{s:o,s:s,s:I,s:I}", "hash", json_hex(hash), "state", state, "bytes",
        (json_int_t)bytes, "event", (json_int_t)event);
    if (row != NULL && proposer != NULL)
        (void)json_object_set_new(row, "by", json_string(proposer));
    return reply_row(call, row);
}

static int newest(struct call *call, int64_t *seq)
{
    struct statement *statement;
    bool row = false;
    int result = store_query(session_store(call->session), QUERY_POLICY_NOW, &statement, call->failure);
    if (result == VAULT_OK)
        result = statement_step(statement, &row, call->failure);
    *seq = result == VAULT_OK && row ? column_number(statement, 2) : -1;
    if (result == VAULT_OK)
        statement_reset(statement);
    return result;
}

static int list_policies(struct call *call, int64_t now)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_POLICY_LIST, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        int64_t seq = column_number(statement, 2);
        result = put_row(call, column_bytes(statement, 0), column_number(statement, 1), seq,
            seq == now ? "in force" : "past", NULL);
    }
    statement_free(statement);
    return result;
}

static int list_proposals(struct call *call)
{
    struct statement *statement = NULL;
    bool row = true;
    int result = statement_own(session_store(call->session), QUERY_PROPOSAL_LIST, &statement, call->failure);
    while (
        result == VAULT_OK && (result = statement_step(statement, &row, call->failure)) == VAULT_OK && row) {
        if (strcmp(column_text(statement, 1), PROPOSAL_POLICY) == 0)
            result = put_row(call, column_bytes(statement, 2), column_number(statement, 3),
                column_number(statement, 0), "proposed", column_text(statement, 4));
    }
    statement_free(statement);
    return result;
}

int op_policy_list(struct call *call)
{
    struct access_request request = {.action = "policy.show"};
    int64_t now = -1;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = newest(call, &now);
    if (result == VAULT_OK)
        result = list_policies(call, now);
    if (result == VAULT_OK)
        result = list_proposals(call);
    return result;
}

int policy_find_proposal(struct call *call, const char *asked, int64_t *proposal)
{
    struct found found = {0};
    int result = check_asked(call, &asked);
    if (result == VAULT_OK)
        result = match_list(call, asked, true, &found);
    *proposal = found.proposal;
    if (result == VAULT_OK && found.matches == 0) {
        failure_remedy(call->failure, "'policy list' shows what is proposed");
        result = failure_set(call->failure, VAULT_ENOTFOUND, "no policy of the hash '%s' is proposed", asked);
    }
    if (result == VAULT_OK && found.matches > 1)
        result = failure_set(call->failure, VAULT_EINPUT, "%zu policies have a hash that begins with '%s'",
            found.matches, asked);
    return result;
}
