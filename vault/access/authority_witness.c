/* Changes of who cosigns the log's checkpoints. */
#include "vault/access/authority_private.h"
#include "vault/access/witnessed.h"
#include "vault/evidence/note.h"
#include "vault/http/http.h"

static int refuse(struct apply *apply, const char *why)
{
    return failure_set(apply->failure, VAULT_EDAMAGED, "event %lld: %s", (long long)apply->seq, why);
}

/* Everything that the row will say must be what a live caller would have been let say. */
static int read_witness(struct apply *apply, struct note_key *key, const char **url, struct buffer *pin)
{
    const char *vkey;
    const char *pinned = json_text(apply->change, "pin");
    const char *ca = json_text(apply->change, "ca");
    int result = apply_text(apply, "vkey", &vkey);
    if (result == VAULT_OK)
        result = apply_text(apply, "url", url);
    if (result != VAULT_OK)
        return result;
    if (note_key_parse(bytes_of_text(vkey), key) != VAULT_OK || key->type != NOTE_COSIGNATURE)
        return refuse(apply, "a witness without a witness's key");
    if (http_url_check(*url, false, NULL) != VAULT_OK)
        return refuse(apply, "a witness at no address");
    if (pinned != NULL &&
        (base64_decode(bytes_of_text(pinned), pin) != VAULT_OK || pin->size != HTTP_PIN_SIZE))
        return refuse(apply, "a pin that is none");
    if (ca != NULL && bytes_of_text(ca).size > WITNESS_CA_MAX)
        return refuse(apply, "certificates that are too long");
    return VAULT_OK;
}

int apply_witness_add(struct apply *apply)
{
    struct note_key key;
    struct statement *statement;
    struct buffer pin = {0};
    const char *url = NULL;
    int result = read_witness(apply, &key, &url, &pin);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_WITNESS_PUT, &statement);
    if (result == VAULT_OK) {
        const char *ca = json_text(apply->change, "ca");
        bind_text(statement, 1, key.name);
        bind_text(statement, 2, json_text(apply->change, "vkey"));
        bind_text(statement, 3, url);
        bind_bytes(statement, 4, buffer_bytes(&pin));
        bind_bytes(statement, 5, bytes_of_text(ca));
        bind_text(statement, 6, apply->actor);
        bind_number(statement, 7, apply->seq);
        result = apply_run(apply, statement);
    }
    buffer_free(&pin);
    return result;
}

int apply_witness_remove(struct apply *apply)
{
    struct statement *statement;
    const char *name;
    int result = apply_text(apply, "name", &name);
    if (result == VAULT_OK)
        result = apply_query(apply, QUERY_WITNESS_DROP, &statement);
    if (result != VAULT_OK)
        return result;
    bind_text(statement, 1, name);
    result = apply_run(apply, statement);
    if (result == VAULT_OK && store_changes(apply->store) == 0)
        result = refuse(apply, "it removes a witness that there is not");
    return result;
}
