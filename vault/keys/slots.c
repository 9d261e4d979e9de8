#include "vault/keys/slots.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/crypto/seal.h"
#include "vault/crypto/place.h"

#define SLOT_SEALED_SIZE (2 * KEY_SIZE + SEAL_OVERHEAD)

struct slot {
    char user[NAME_SIZE_MAX + 1];
    struct passphrase_cost cost;
    uint8_t salt[PASSPHRASE_SALT_SIZE];
    uint8_t sealed[SLOT_SEALED_SIZE];
};

struct slots {
    struct ulid vault;
    uint8_t attempts[BOX_PUBLIC_SIZE];
    struct slot *items;
    size_t count;
};

struct slots *slots_new(const struct ulid *vault, struct bytes attempts_public)
{
    struct slots *slots = calloc(1, sizeof *slots);
    if (slots == NULL || attempts_public.size != BOX_PUBLIC_SIZE) {
        free(slots);
        return NULL;
    }
    slots->vault = *vault;
    memcpy(slots->attempts, attempts_public.data, BOX_PUBLIC_SIZE);
    return slots;
}

void slots_free(struct slots *slots)
{
    if (slots == NULL)
        return;
    free(slots->items); /* sealed, not secret */
    free(slots);
}

const struct ulid *slots_vault(const struct slots *slots)
{
    return &slots->vault;
}

struct bytes slots_attempts_public(const struct slots *slots)
{
    return bytes_of(slots->attempts, BOX_PUBLIC_SIZE);
}

static struct slot *find(const struct slots *slots, const char *user)
{
    for (size_t i = 0; i < slots->count; i++) {
        if (strcmp(slots->items[i].user, user) == 0)
            return &slots->items[i];
    }
    return NULL;
}

bool slots_has(const struct slots *slots, const char *user)
{
    return find(slots, user) != NULL;
}

struct passphrase_cost slots_cost(const struct slots *slots, const char *user)
{
    struct passphrase_cost dearest = passphrase_floor();
    const struct slot *slot = find(slots, user);
    if (slot != NULL)
        return slot->cost;
    for (size_t i = 0; i < slots->count; i++) {
        if (slots->items[i].cost.memory > dearest.memory)
            dearest = slots->items[i].cost;
    }
    return dearest;
}

/* --- The file --- */

static bool decode(const json_t *object, const char *name, uint8_t *data, size_t size)
{
    struct buffer decoded = {0};
    const char *text = json_text(object, name);
    bool fits = text != NULL && base64_decode(bytes_of_text(text), &decoded) == VAULT_OK && decoded.size == size;
    if (fits)
        memcpy(data, decoded.data, size);
    buffer_free(&decoded);
    return fits;
}

static bool cost_valid(const json_t *object, struct passphrase_cost *cost)
{
    int64_t memory = json_number(object, "memory", 0);
    int64_t passes = json_number(object, "passes", 0);
    int64_t lanes = json_number(object, "lanes", 0);
    if (memory < PASSPHRASE_MEMORY_FLOOR || memory > PASSPHRASE_MEMORY_CEILING || passes < PASSPHRASE_PASSES_FLOOR ||
        passes > PASSPHRASE_PASSES_CEILING || lanes < 1 || lanes > PASSPHRASE_LANES_CEILING)
        return false;
    *cost = (struct passphrase_cost){(uint32_t)memory, (uint32_t)passes, (uint32_t)lanes};
    return true;
}

static bool read_slot(const json_t *object, struct slot *slot)
{
    const char *user = json_text(object, "user");
    if (user == NULL || !name_valid(user) || json_object_size(object) != 6)
        return false;
    memcpy(slot->user, user, strlen(user) + 1);
    return cost_valid(object, &slot->cost) && decode(object, "salt", slot->salt, sizeof slot->salt) &&
        decode(object, "sealed", slot->sealed, sizeof slot->sealed);
}

static int read_file(const json_t *whole, struct slots *slots)
{
    const json_t *list = json_object_get(whole, "slots");
    const char *vault = json_text(whole, "vault");
    size_t count = json_array_size(list);
    if (json_number(whole, "v", 0) != 1)
        return json_number(whole, "v", 0) > 1 ? VAULT_EVERSION : VAULT_EDAMAGED;
    if (vault == NULL || !ulid_parse(bytes_of_text(vault), &slots->vault) || json_object_size(whole) != 4 ||
        !decode(whole, "attempts", slots->attempts, BOX_PUBLIC_SIZE) || count == 0 || count > SLOTS_USERS_MAX)
        return VAULT_EDAMAGED;
    slots->items = calloc(count, sizeof *slots->items);
    if (slots->items == NULL)
        return VAULT_ENOMEM;
    for (slots->count = 0; slots->count < count; slots->count++) {
        struct slot *slot = &slots->items[slots->count];
        if (!read_slot(json_array_get(list, slots->count), slot) || find(slots, slot->user) != NULL)
            return VAULT_EDAMAGED;
    }
    return VAULT_OK;
}

int slots_load(const char *path, struct slots **slotsp, struct failure *failure)
{
    struct buffer content = {0};
    json_t *whole = NULL;
    struct slots *slots = NULL;

    *slotsp = NULL;
    int result = file_read(path, SLOTS_SIZE_MAX, &content, failure);
    if (result != VAULT_OK)
        goto out;
    slots = calloc(1, sizeof *slots);
    if (slots == NULL) {
        result = VAULT_ENOMEM;
        goto out;
    }
    result = json_read(buffer_bytes(&content), &whole, NULL);
    result = result == VAULT_OK ? read_file(whole, slots) : result == VAULT_ENOMEM ? result : VAULT_EDAMAGED;
    if (result == VAULT_ENOMEM)
        goto out;
    if (result != VAULT_OK) {
        failure_remedy(failure, "put back the copy of this file that is in a backup");
        (void)failure_set(failure, result, "%s: not a readable key slots file", path);
        goto out;
    }
    *slotsp = slots;
    slots = NULL; /* transferred */
out:
    json_decref(whole);
    buffer_free(&content);
    slots_free(slots);
    return result;
}

static void encode(struct buffer *text, struct bytes bytes)
{
    buffer_put_u8(text, '"');
    base64_encode(bytes, text);
    buffer_put_u8(text, '"');
}

int slots_save(const struct slots *slots, const char *path, struct failure *failure)
{
    struct buffer text = {0};
    char vault[ULID_TEXT_SIZE];
    ulid_format(&slots->vault, vault);
    buffer_put_format(&text, "{\"v\":1,\"vault\":\"%s\",\"attempts\":", vault);
    encode(&text, slots_attempts_public(slots));
    buffer_put_text(&text, ",\"slots\":[");
    for (size_t i = 0; i < slots->count; i++) {
        const struct slot *slot = &slots->items[i];
        buffer_put_format(&text, "%s\n{\"user\":\"%s\",\"memory\":%u,\"passes\":%u,\"lanes\":%u,\"salt\":",
            i == 0 ? "" : ",", slot->user, slot->cost.memory, slot->cost.passes, slot->cost.lanes);
        encode(&text, bytes_of(slot->salt, sizeof slot->salt));
        buffer_put_text(&text, ",\"sealed\":");
        encode(&text, bytes_of(slot->sealed, sizeof slot->sealed));
        buffer_put_u8(&text, '}');
    }
    buffer_put_text(&text, "\n]}\n");
    int result = buffer_error(&text);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&text);
    return result;
}

/* --- Sealing and opening --- */

static void slot_place(const struct slots *slots, const struct slot *slot, struct place *place)
{
    place_start(place, "slot", &slots->vault);
    place_add(place, slots_attempts_public(slots));
    place_add_text(place, slot->user);
    place_add_number(place, slot->cost.memory);
    place_add_number(place, slot->cost.passes);
    place_add_number(place, slot->cost.lanes);
}

static int seal_slot(const struct slots *slots, struct slot *slot, const struct secret *key,
    const struct secret *seed, const struct secret *store_key)
{
    struct place place;
    struct buffer sealed = {0};
    struct secret *content = secret_new(2 * KEY_SIZE);
    if (content == NULL)
        return VAULT_ENOMEM;
    memcpy(secret_edit(content), secret_bytes(seed).data, KEY_SIZE);
    memcpy(secret_edit(content) + KEY_SIZE, secret_bytes(store_key).data, KEY_SIZE);
    slot_place(slots, slot, &place);
    int result = seal_secret(key, place_bytes(&place), content, &sealed);
    if (result == VAULT_OK)
        memcpy(slot->sealed, sealed.data, SLOT_SEALED_SIZE);
    secret_free(content);
    buffer_free(&sealed);
    return result;
}

int slots_put(struct slots *slots, const char *user, const struct secret *passphrase, struct passphrase_cost cost,
    const struct secret *seed, const struct secret *store_key)
{
    struct slot fresh = {.cost = cost};
    struct secret *key = NULL;
    if (!name_valid(user))
        return VAULT_EINPUT;
    memcpy(fresh.user, user, strlen(user) + 1);
    random_fill(fresh.salt, sizeof fresh.salt);
    int result = passphrase_key(passphrase, fresh.salt, cost, &key);
    if (result == VAULT_OK)
        result = seal_slot(slots, &fresh, key, seed, store_key);
    secret_free(key);
    if (result != VAULT_OK)
        return result;
    struct slot *old = find(slots, user);
    if (old != NULL) {
        *old = fresh;
        return VAULT_OK;
    }
    if (slots->count == SLOTS_USERS_MAX)
        return VAULT_ELIMIT;
    struct slot *items = realloc(slots->items, (slots->count + 1) * sizeof *items); /* sealed, not secret */
    if (items == NULL)
        return VAULT_ENOMEM;
    slots->items = items;
    slots->items[slots->count++] = fresh;
    return VAULT_OK;
}

void slots_remove(struct slots *slots, const char *user)
{
    struct slot *slot = find(slots, user);
    if (slot == NULL)
        return;
    size_t at = (size_t)(slot - slots->items);
    memmove(slot, slot + 1, (slots->count - at - 1) * sizeof *slot);
    slots->count--;
}

static int take_apart(const struct secret *content, struct secret **seed, struct secret **store_key)
{
    struct bytes both = secret_bytes(content);
    *seed = secret_copy(bytes_of(both.data, KEY_SIZE));
    *store_key = secret_copy(bytes_of(both.data + KEY_SIZE, KEY_SIZE));
    if (*seed != NULL && *store_key != NULL)
        return VAULT_OK;
    secret_free(*seed);
    secret_free(*store_key);
    *seed = *store_key = NULL;
    return VAULT_ENOMEM;
}

int slots_open(const struct slots *slots, const char *user, const struct secret *passphrase, struct secret **seed,
    struct secret **store_key)
{
    /* An unknown user gets a slot that nothing opens, so that the work is the same. */
    struct slot nobody = {.cost = slots_cost(slots, user), .user = "nobody"};
    const struct slot *slot = find(slots, user);
    struct secret *key = NULL;
    struct secret *content = NULL;
    struct place place;

    *seed = *store_key = NULL;
    random_fill(nobody.salt, sizeof nobody.salt);
    if (slot == NULL)
        slot = &nobody;
    int result = passphrase_key(passphrase, slot->salt, slot->cost, &key);
    if (result == VAULT_OK) {
        slot_place(slots, slot, &place);
        result = seal_open_secret(key, place_bytes(&place), bytes_of(slot->sealed, SLOT_SEALED_SIZE), &content);
    }
    if (result == VAULT_OK)
        result = take_apart(content, seed, store_key);
    else if (result == VAULT_EFORGED || result == VAULT_EINPUT)
        result = VAULT_EPASSPHRASE;
    secret_free(key);
    secret_free(content);
    return result;
}
