/* The words of registers: sealed in the store by the hash that the log's events tell. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/base/file.h"
#include "vault/base/text.h"
#include "vault/ops/people/register_private.h"

/* --- Into the store --- */

static json_t *words_of(const char *file, struct bytes content)
{
    uint8_t salt[16];
    struct hash hash;
    random_fill(salt, sizeof salt);
    hash_sha256(content, &hash);
    json_t *words = json_pack(
        "{s:o,s:o}", "salt", json_hex(bytes_of(salt, sizeof salt)), "sha256", json_hex(hash_bytes(&hash)));
    if (words == NULL)
        return NULL;
    json_t *text = utf8_valid(content) && memchr(content.data, 0, content.size) == NULL
                       ? json_stringn((const char *)content.data, content.size)
                       : NULL;
    (void)json_object_set_new(
        words, text == NULL ? "base64" : "text", text == NULL ? json_base64(content) : text);
    if (file != NULL) {
        const char *name = strrchr(file, '/');
        (void)json_object_set_new(words, "file", json_cut_text(name == NULL ? file : name + 1));
    }
    return words;
}

/* @p open: who reads the log may compare the text's own hash, and so guess a short one. */
static int put_sealed(struct call *call, json_t *words, bool open, json_t *what)
{
    struct buffer sealed = {0};
    struct hash hash;
    int result = approval_seal(call->session, words, &hash, &sealed, call->failure);
    if (result == VAULT_OK) {
        int failed = open ? json_object_set(what, "sha256", json_object_get(words, "sha256")) : 0;
        failed |= json_object_set_new(what, "hash", json_base64(hash_bytes(&hash)));
        failed |= json_object_set_new(what, "text", json_string(buffer_text(&sealed)));
        result = failed ? VAULT_ENOMEM : VAULT_OK;
    }
    buffer_free(&sealed);
    return result;
}

int register_seal_text(struct call *call, bool open, json_t *what)
{
    const char *text = call_text(call, "text");
    const char *file = call_text(call, "file");
    struct buffer content = {0};
    int result = VAULT_OK;
    if (text == NULL && file == NULL)
        return VAULT_OK;
    if (text != NULL && file != NULL)
        return failure_set(call->failure, VAULT_EUSAGE, "give a text or a file, not both");
    if (file != NULL)
        result = file_read(file, REGISTER_TEXT_MAX, &content, call->failure);
    else
        buffer_put(&content, bytes_of_text(text));
    if (result == VAULT_OK)
        result = buffer_error(&content);
    if (result == VAULT_OK && content.size == 0)
        result = failure_set(call->failure, VAULT_EINPUT, "the text is empty");
    if (result == VAULT_OK && content.size > REGISTER_TEXT_MAX)
        result =
            failure_set(call->failure, VAULT_ELIMIT, "the text has more than %zu bytes", REGISTER_TEXT_MAX);
    json_t *words = result == VAULT_OK ? words_of(file, buffer_bytes(&content)) : NULL;
    if (result == VAULT_OK)
        result = words == NULL ? VAULT_ENOMEM : put_sealed(call, words, open, what);
    json_decref(words);
    buffer_free(&content);
    return result;
}

/* --- Out of it --- */

int register_open_text(struct call *call, struct bytes hash, json_t **text)
{
    struct statement *statement;
    struct buffer sealed = {0};
    bool row = false;
    *text = NULL;
    int result =
        store_query(session_store(call->session), QUERY_REGISTER_TEXT_GET, &statement, call->failure);
    if (result != VAULT_OK)
        return result;
    bind_bytes(statement, 1, hash);
    result = statement_step(statement, &row, call->failure);
    if (result == VAULT_OK && row)
        buffer_put(&sealed, column_bytes(statement, 0));
    statement_reset(statement);
    if (result == VAULT_OK && !row)
        result = failure_set(call->failure, VAULT_EFORGED, "the store lacks a text of the register");
    if (result == VAULT_OK)
        result = buffer_error(&sealed);
    if (result == VAULT_OK)
        result = approval_open(call->session, hash, buffer_bytes(&sealed), text, call->failure);
    (void)json_object_del(*text, "salt");
    buffer_free(&sealed);
    return result;
}

/* --- Verification --- */

static int verify_missing(
    struct call *call, int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct statement *missing = NULL;
    bool row = true;
    int result =
        statement_own(session_store(call->session), QUERY_REGISTER_TEXTS_MISSING, &missing, call->failure);
    while (result == VAULT_OK && (result = statement_step(missing, &row, call->failure)) == VAULT_OK && row) {
        char what[200];
        (void)snprintf(what, sizeof what, "the text of %s '%s' is missing in the store",
            column_text(missing, 0), column_text(missing, 1));
        result = problem(context, UINT64_MAX, what);
    }
    statement_free(missing);
    return result;
}

int register_verify(
    struct call *call, int (*problem)(void *context, uint64_t index, const char *what), void *context)
{
    struct statement *texts = NULL;
    struct failure failure = {0};
    bool row = true;
    int result = verify_missing(call, problem, context);
    if (result == VAULT_OK)
        result = statement_own(session_store(call->session), QUERY_REGISTER_TEXT_LIST, &texts, call->failure);
    while (result == VAULT_OK && (result = statement_step(texts, &row, call->failure)) == VAULT_OK && row) {
        json_t *text = NULL;
        int opened =
            approval_open(call->session, column_bytes(texts, 0), column_bytes(texts, 1), &text, &failure);
        json_decref(text);
        if (opened == VAULT_EFORGED || opened == VAULT_EDAMAGED)
            result =
                problem(context, UINT64_MAX, "a text of the register in the store is not what the log says");
        else if (opened != VAULT_OK)
            result = failure_set(call->failure, opened, "%s", vault_error_text(opened));
    }
    statement_free(texts);
    return result;
}
