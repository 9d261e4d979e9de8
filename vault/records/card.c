/* Client cards: the little that a list of clients shows, sealed under a key of the directory. */
#include <stdlib.h>

#include "vault/base/text.h"
#include "vault/crypto/place.h"
#include "vault/records/records.h"
#include "vault/records/terms_private.h"

static void place_card(
    struct place *place, const struct ulid *vault, const struct ulid *client, int64_t version)
{
    place_start(place, "card", vault);
    place_add(place, ulid_bytes(client));
    place_add_number(place, (uint64_t)version);
}

static int set_text(json_t *object, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return VAULT_OK;
    return json_object_set_new(object, name, json_string(text)) == 0 ? VAULT_OK : VAULT_EINPUT;
}

static int card_json(const struct client_card *card, struct buffer *out)
{
    const char *const names[] = {"client_no", "name", "tax_id", "status"};
    const char *const texts[] = {card->client_no, card->name, card->tax_id, card->status};
    json_t *object = json_object();
    int result = object == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < 4 && result == VAULT_OK; i++)
        result = set_text(object, names[i], texts[i]);
    if (result == VAULT_OK)
        result = json_write_canonical(object, out);
    json_decref(object);
    return result;
}

int card_seal(const struct secret *cards_key, const struct ulid *vault, const struct ulid *client,
    int64_t version, const struct client_card *card, struct buffer *sealed)
{
    struct place place;
    struct buffer plain = {0};
    place_card(&place, vault, client, version);
    int result = card_json(card, &plain);
    if (result == VAULT_OK)
        result = seal(cards_key, place_bytes(&place), buffer_bytes(&plain), sealed);
    buffer_free(&plain);
    return result;
}

int card_open(const struct secret *cards_key, const struct ulid *vault, const struct ulid *client,
    int64_t version, struct bytes sealed, json_t **card)
{
    struct place place;
    struct buffer plain = {0};
    *card = NULL;
    place_card(&place, vault, client, version);
    int result = seal_open(cards_key, place_bytes(&place), sealed, &plain);
    if (result == VAULT_OK)
        result = json_read(buffer_bytes(&plain), card, NULL) == VAULT_EINPUT ? VAULT_EDAMAGED : memory_error();
    buffer_free(&plain);
    return result;
}

/* Spelling that means nothing (case, width, blanks around) makes no other client. */
int card_exact_token(const struct secret *lookup_key, const char *label, const char *text, uint8_t token[16])
{
    struct buffer folded = {0};
    struct bytes rest = text_trim(bytes_of_text(text));
    while (rest.size > 0)
        utf8_put(fold(utf8_next(&rest)), &folded);
    keyed_token(lookup_key, label, buffer_bytes(&folded), token, 16);
    int result = buffer_error(&folded);
    buffer_free(&folded);
    return result;
}

int card_index(const struct secret *index_key, const struct client_card *card, int64_t client,
    struct postings *postings, struct failure *failure)
{
    struct terms *terms = calloc(1, sizeof *terms);
    int result = VAULT_OK;
    if (terms == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory to index a client");
    terms_start(terms, index_key);
    terms_add(terms, TERM_NAME, bytes_of_text(card->name));
    terms_add(terms, TERM_IDENTIFIER, bytes_of_text(card->client_no));
    terms_add(terms, TERM_IDENTIFIER, bytes_of_text(card->tax_id));
    for (size_t i = 0; i < terms->count && result == VAULT_OK; i++)
        result = postings_add(postings, &terms->tokens[i], (uint64_t)client | CARD_NUMBER, failure);
    terms_free(terms);
    free(terms);
    return result;
}
