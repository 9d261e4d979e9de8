#include "vault/crypto/witnessed.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "vault/crypto/hash.h"
#include "vault/crypto/place.h"
#include "vault/crypto/seal_private.h"

#define GENERATION_AT 1
#define POINT_AT 9
#define COUNT_AT 41
#define RECIPIENTS_AT 42
#define HALF_SIZE (KEY_SIZE + SEAL_OVERHEAD)
#define RECIPIENT_SIZE (WITNESSED_ID_SIZE + HALF_SIZE)
#define SEALED_SIZE (KEY_SIZE + 2 * SEAL_OVERHEAD)
_Static_assert(RECIPIENT_SIZE == 80 && SEALED_SIZE == 112, "as the header says");

/* --- Reading --- */

bool witnessed_is(struct bytes wrapped)
{
    return wrapped.size > 0 && wrapped.data[0] == ENVELOPE_WITNESSED;
}

int witnessed_read(struct bytes wrapped, struct witnessed_view *view)
{
    memset(view, 0, sizeof *view);
    if (!witnessed_is(wrapped) || wrapped.size < RECIPIENTS_AT)
        return VAULT_EFORGED;
    size_t count = wrapped.data[COUNT_AT];
    if (count < 1 || count > WITNESSED_RECIPIENTS_MAX ||
        wrapped.size != RECIPIENTS_AT + count * RECIPIENT_SIZE + SEALED_SIZE)
        return VAULT_EFORGED;
    struct reader reader = reader_of(bytes_of(wrapped.data + GENERATION_AT, wrapped.size - GENERATION_AT));
    view->generation = reader_u64(&reader);
    view->point = reader_take(&reader, BOX_PUBLIC_SIZE);
    view->count = reader_u8(&reader);
    view->recipients = reader_take(&reader, count * RECIPIENT_SIZE);
    view->sealed = reader_take(&reader, SEALED_SIZE);
    view->header = bytes_of(wrapped.data, wrapped.size - SEALED_SIZE);
    return reader_end(&reader) == VAULT_OK ? VAULT_OK : VAULT_EFORGED;
}

void witnessed_id(struct bytes public_key, uint8_t id[WITNESSED_ID_SIZE])
{
    struct hash hash;
    hash_sha256(public_key, &hash);
    memcpy(id, hash.data, WITNESSED_ID_SIZE);
}

/* The sealed half of a recipient; nothing where it is none. */
static struct bytes half_of(const struct witnessed_view *view, const uint8_t id[WITNESSED_ID_SIZE])
{
    for (size_t i = 0; i < view->count; i++) {
        const uint8_t *recipient = view->recipients.data + i * RECIPIENT_SIZE;
        if (memcmp(recipient, id, WITNESSED_ID_SIZE) == 0)
            return bytes_of(recipient + WITNESSED_ID_SIZE, HALF_SIZE);
    }
    return bytes_of(NULL, 0);
}

bool witnessed_has(const struct witnessed_view *view, const uint8_t id[WITNESSED_ID_SIZE])
{
    return half_of(view, id).size > 0;
}

/* --- A run --- */

struct recipient {
    uint8_t id[WITNESSED_ID_SIZE];
    uint8_t public_key[BOX_PUBLIC_SIZE];
    struct secret *shared;
};

struct witnessed_run {
    uint64_t generation;
    uint8_t point[BOX_PUBLIC_SIZE];
    size_t count;
    struct recipient recipients[WITNESSED_RECIPIENTS_MAX];
};

static int share_with(struct recipient *recipient, const struct box_key *ephemeral, const uint8_t *public_key)
{
    struct bytes key = bytes_of(public_key, BOX_PUBLIC_SIZE);
    memcpy(recipient->public_key, public_key, BOX_PUBLIC_SIZE);
    witnessed_id(key, recipient->id);
    recipient->shared = secret_new(KEY_SIZE);
    return recipient->shared == NULL ? VAULT_ENOMEM : release_shared(ephemeral, key, recipient->shared);
}

int witnessed_run_new(const struct witnessed_recipient *recipients, size_t count, uint64_t generation,
    struct witnessed_run **runp)
{
    *runp = NULL;
    if (count < 1 || count > WITNESSED_RECIPIENTS_MAX)
        return VAULT_EINTERNAL;
    struct box_key *ephemeral = box_key_new();
    struct witnessed_run *run = calloc(1, sizeof *run);
    int result = ephemeral == NULL || run == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK) {
        run->generation = generation;
        run->count = count;
        memcpy(run->point, box_key_public(ephemeral).data, BOX_PUBLIC_SIZE);
    }
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = share_with(&run->recipients[i], ephemeral, recipients[i].public_key);
    box_key_free(ephemeral);
    if (result == VAULT_OK)
        *runp = run;
    else
        witnessed_run_free(run);
    return result;
}

void witnessed_run_free(struct witnessed_run *run)
{
    if (run == NULL)
        return;
    for (size_t i = 0; i < WITNESSED_RECIPIENTS_MAX; i++)
        secret_free(run->recipients[i].shared);
    free(run);
}

uint64_t witnessed_run_generation(const struct witnessed_run *run)
{
    return run->generation;
}

/* --- Sealing and opening --- */

/* What the outer seal is bound to: the place, and every byte in front of it. */
static int bind_header(struct bytes place, struct bytes header, struct buffer *bound)
{
    struct hash hash;
    hash_sha256(header, &hash);
    buffer_put(bound, place);
    buffer_put(bound, hash_bytes(&hash));
    return buffer_error(bound);
}

static int seal_half(struct envelope *envelope, const struct witnessed_run *run,
    const struct recipient *recipient, const struct release_place *where, struct bytes place,
    struct buffer *wrapped)
{
    release_half_key(recipient->shared, where, bytes_of(run->point, BOX_PUBLIC_SIZE),
        bytes_of(recipient->public_key, BOX_PUBLIC_SIZE), secret_edit(envelope->open));
    buffer_put_data(wrapped, recipient->id, WITNESSED_ID_SIZE);
    return seal_secret(envelope->open, place, envelope->half, wrapped);
}

static void forget(struct envelope *envelope)
{
    wipe(secret_edit(envelope->half), KEY_SIZE);
    wipe(secret_edit(envelope->open), KEY_SIZE);
}

int envelope_wrap_witnessed(struct envelope *envelope, const struct witnessed_run *run,
    const struct release_place *where, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped)
{
    struct buffer inner = {0};
    struct buffer bound = {0};
    size_t start = wrapped->size;
    random_fill(secret_edit(envelope->half), KEY_SIZE);
    buffer_put_u8(wrapped, ENVELOPE_WITNESSED);
    buffer_put_u64(wrapped, run->generation);
    buffer_put_data(wrapped, run->point, BOX_PUBLIC_SIZE);
    buffer_put_u8(wrapped, (uint8_t)run->count);
    int result = buffer_error(wrapped);
    for (size_t i = 0; i < run->count && result == VAULT_OK; i++)
        result = seal_half(envelope, run, &run->recipients[i], where, place, wrapped);
    if (result == VAULT_OK)
        result = seal_secret(envelope->half, place, envelope->key, &inner);
    if (result == VAULT_OK)
        result = bind_header(place, bytes_of(wrapped->data + start, wrapped->size - start), &bound);
    if (result == VAULT_OK)
        result = seal(client_key, buffer_bytes(&bound), buffer_bytes(&inner), wrapped);
    forget(envelope);
    buffer_free(&inner);
    buffer_free(&bound);
    return result;
}

int envelope_create_witnessed(struct envelope *envelope, const struct witnessed_run *run,
    const struct release_place *where, const struct secret *client_key, struct bytes place,
    struct buffer *wrapped)
{
    random_fill(secret_edit(envelope->key), KEY_SIZE);
    return envelope_wrap_witnessed(envelope, run, where, client_key, place, wrapped);
}

/* From outside in: the client key's seal, then the half, then the record key. */
static int unwrap(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    struct bytes half, const struct witnessed_view *view)
{
    uint8_t inner[KEY_SIZE + SEAL_OVERHEAD];
    struct buffer bound = {0};
    int result = bind_header(place, view->header, &bound);
    if (result == VAULT_OK)
        result = seal_open_into(client_key, buffer_bytes(&bound), view->sealed, inner);
    if (result == VAULT_OK)
        result = seal_open_into(envelope->open, place, half, secret_edit(envelope->half));
    if (result == VAULT_OK)
        result =
            seal_open_into(envelope->half, place, bytes_of(inner, sizeof inner), secret_edit(envelope->key));
    wipe(inner, sizeof inner);
    buffer_free(&bound);
    return result;
}

int envelope_unwrap_witnessed(struct envelope *envelope, const struct secret *client_key, struct bytes place,
    const uint8_t recipient[WITNESSED_ID_SIZE], const uint8_t *half_key, struct bytes wrapped)
{
    struct witnessed_view view;
    int result = witnessed_read(wrapped, &view);
    if (result != VAULT_OK)
        return result;
    struct bytes half = half_of(&view, recipient);
    if (half.size == 0)
        return VAULT_ENOTFOUND;
    memcpy(secret_edit(envelope->open), half_key, KEY_SIZE);
    result = unwrap(envelope, client_key, place, half, &view);
    forget(envelope);
    return result;
}

int witnessed_fits(const struct secret *client_key, struct bytes place, struct bytes wrapped)
{
    uint8_t inner[KEY_SIZE + SEAL_OVERHEAD];
    struct witnessed_view view;
    struct buffer bound = {0};
    int result = witnessed_read(wrapped, &view);
    if (result == VAULT_OK)
        result = bind_header(place, view.header, &bound);
    if (result == VAULT_OK)
        result = seal_open_into(client_key, buffer_bytes(&bound), view.sealed, inner);
    wipe(inner, sizeof inner);
    buffer_free(&bound);
    return result;
}
