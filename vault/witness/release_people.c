/* Whose signatures count: learned from entries of the witnessed logs, each signed by somebody known before,
 * up to the log's birth.  What was learned is kept, so that a person who was disabled stays so over restarts.
 */
#include <stdlib.h>
#include <string.h>

#include "vault/base/file.h"
#include "vault/base/json.h"
#include "vault/base/text.h"
#include "vault/witness/release_private.h"

#define PEOPLE_MAX ((size_t)64 * 1024 * 1024)

/* --- In memory --- */

void release_people_free(struct release_service *service)
{
    for (size_t i = 0; i < service->count; i++) {
        free(service->vaults[i].origin);
        free(service->vaults[i].people);
    }
    free(service->vaults);
    service->vaults = NULL;
    service->count = 0;
}

struct known_vault *release_vault(struct release_service *service, struct bytes origin)
{
    for (size_t i = 0; i < service->count; i++) {
        if (bytes_equal(bytes_of_text(service->vaults[i].origin), origin))
            return &service->vaults[i];
    }
    return NULL;
}

struct known_person *release_person(struct known_vault *vault, struct bytes user)
{
    for (size_t i = 0; i < vault->count; i++) {
        if (bytes_equal(bytes_of_text(vault->people[i].user), user))
            return &vault->people[i];
    }
    return NULL;
}

static struct known_vault *add_vault(struct release_service *service, const char *origin)
{
    struct known_vault *vault = release_vault(service, bytes_of_text(origin));
    if (vault != NULL)
        return vault;
    struct known_vault *vaults = reallocarray(service->vaults, service->count + 1, sizeof *vaults);
    char *copy = strdup(origin);
    if (vaults != NULL)
        service->vaults = vaults;
    if (vaults == NULL || copy == NULL) {
        free(copy);
        return NULL;
    }
    vaults[service->count] = (struct known_vault){.origin = copy};
    return &vaults[service->count++];
}

static struct known_person *add_person(struct known_vault *vault, struct bytes user)
{
    struct known_person *people = reallocarray(vault->people, vault->count + 1, sizeof *people);
    if (people == NULL || user.size > sizeof people->user - 1)
        return NULL;
    vault->people = people;
    struct known_person *person = &people[vault->count++];
    *person = (struct known_person){.disabled = UINT64_MAX};
    memcpy(person->user, user.data, user.size);
    return person;
}

/* --- On disk: canonical JSON {"v":1,"vaults":[{origin,events,people:[{user,sign,added,disabled?}]}]} --- */

static json_t *json_of_person(const struct known_person *person)
{
    struct buffer sign = {0};
    base64_encode(bytes_of(person->sign, SIGN_PUBLIC_SIZE), &sign);
    json_t *value = json_pack("{s:s,s:s,s:I}", "user", person->user, "sign", buffer_text(&sign), "added",
        (json_int_t)person->added);
    if (value != NULL && person->disabled != UINT64_MAX)
        (void)json_object_set_new(value, "disabled", json_integer((json_int_t)person->disabled));
    buffer_free(&sign);
    return value;
}

static json_t *json_of_vault(const struct known_vault *vault)
{
    json_t *people = json_array();
    bool bad = false;
    for (size_t i = 0; i < vault->count && !bad; i++)
        bad = json_array_append_new(people, json_of_person(&vault->people[i])) != 0;
    if (bad) {
        json_decref(people);
        return NULL;
    }
    return json_pack(
        "{s:s,s:I,s:o}", "origin", vault->origin, "events", (json_int_t)vault->events, "people", people);
}

static int save(const struct release_service *service)
{
    struct buffer text = {0};
    char *path = file_path(service->directory, "people");
    json_t *vaults = json_array();
    int result = path == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < service->count && result == VAULT_OK; i++) {
        if (service->vaults[i].born && json_array_append_new(vaults, json_of_vault(&service->vaults[i])) != 0)
            result = VAULT_ENOMEM;
    }
    json_t *all = json_pack("{s:i,s:O}", "v", 1, "vaults", vaults);
    if (result == VAULT_OK)
        result = all == NULL ? VAULT_ENOMEM : json_write_canonical(all, &text);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, NULL);
    json_decref(vaults);
    json_decref(all);
    buffer_free(&text);
    free(path);
    return result;
}

static int load_person(struct known_vault *vault, const json_t *value)
{
    struct buffer sign = {0};
    const char *user = json_text(value, "user");
    const char *text = json_text(value, "sign");
    struct known_person *person = user == NULL ? NULL : add_person(vault, bytes_of_text(user));
    int result = person == NULL || text == NULL ? VAULT_EDAMAGED : base64_decode(bytes_of_text(text), &sign);
    if (result == VAULT_OK && sign.size == SIGN_PUBLIC_SIZE) {
        memcpy(person->sign, sign.data, SIGN_PUBLIC_SIZE);
        person->added = (uint64_t)json_number(value, "added", INT64_MAX);
        person->disabled = (uint64_t)json_number(value, "disabled", -1);
    } else {
        result = VAULT_EDAMAGED;
    }
    buffer_free(&sign);
    return result;
}

static int load_vault(struct release_service *service, const json_t *value)
{
    const char *origin = json_text(value, "origin");
    const json_t *people = json_object_get(value, "people");
    struct known_vault *vault = origin == NULL ? NULL : add_vault(service, origin);
    int result = vault == NULL ? VAULT_EDAMAGED : VAULT_OK;
    for (size_t i = 0; i < json_array_size(people) && result == VAULT_OK; i++)
        result = load_person(vault, json_array_get(people, i));
    if (result == VAULT_OK) {
        vault->events = (uint64_t)json_number(value, "events", 0);
        vault->born = true;
    }
    return result;
}

int release_people_load(struct release_service *service, struct failure *failure)
{
    struct buffer text = {0};
    json_t *all = NULL;
    char *path = file_path(service->directory, "people");
    int result = path == NULL ? VAULT_ENOMEM : file_read(path, PEOPLE_MAX, &text, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = VAULT_OK;
    } else if (result == VAULT_OK) {
        result = json_read(buffer_bytes(&text), &all, failure);
        const json_t *vaults = json_object_get(all, "vaults");
        if (result == VAULT_OK && (json_number(all, "v", 0) != 1 || !json_is_array(vaults)))
            result = VAULT_EDAMAGED;
        for (size_t i = 0; i < json_array_size(vaults) && result == VAULT_OK; i++)
            result = load_vault(service, json_array_get(vaults, i));
        if (result != VAULT_OK)
            result = failure_set(failure, VAULT_EDAMAGED, "%s: cannot be read; put back a copy", path);
    }
    json_decref(all);
    buffer_free(&text);
    free(path);
    return result;
}

/* --- Learning --- */

struct learning {
    struct release_service *service;
    const struct release_telling *telling;
    struct known_vault *vault;
    bool changed;
    unsigned status;
};

static bool verify(const struct learning *learning, const struct leaf *leaf, const uint8_t *key)
{
    struct buffer message = {0};
    struct buffer signature = {0};
    leaf_signed_message(leaf, learning->telling->origin, &message);
    bool fits = base64_decode(leaf->sig, &signature) == VAULT_OK && buffer_error(&message) == VAULT_OK &&
                sign_verify(bytes_of(key, SIGN_PUBLIC_SIZE), buffer_bytes(&message),
                    buffer_bytes(&signature)) == VAULT_OK;
    buffer_free(&message);
    buffer_free(&signature);
    return fits;
}

/* The vault's own word counts at its birth alone; later somebody must have signed who was there and still is.
 */
static bool is_signed(const struct learning *learning, const struct leaf *leaf)
{
    if (leaf_is_system(leaf)) {
        bool fits = false;
        for (size_t i = 0; i < learning->telling->key_count && leaf->seq < learning->vault->events; i++)
            fits = fits || verify(learning, leaf, learning->telling->keys[i].public_key);
        return fits;
    }
    const struct known_person *signer = release_person(learning->vault, leaf->actor_id);
    return signer != NULL && signer->added < leaf->seq && leaf->seq < signer->disabled &&
           verify(learning, leaf, signer->sign);
}

static const char *learn_birth(struct learning *learning, const struct release_person *told)
{
    struct known_vault *vault = learning->vault;
    if (told->leaf.seq != 0 || !leaf_is_system(&told->leaf) || told->events > 1000)
        return "not the birth of a vault";
    if (vault->born)
        return vault->events == told->events ? NULL : "another birth than was learned before";
    vault->events = told->events;
    if (!is_signed(learning, &told->leaf)) {
        vault->events = 0;
        return "the vault's birth is not signed by the log's key";
    }
    vault->born = true;
    learning->changed = true;
    return NULL;
}

/* Names are never used twice, so of two entries for one name the earlier is the person and the later is an
 * attempt. */
static const char *learn_add(struct learning *learning, const struct release_person *told)
{
    struct known_person *person = release_person(learning->vault, told->user);
    if (person != NULL && person->added <= told->leaf.seq)
        return NULL;
    if (!is_signed(learning, &told->leaf))
        return "somebody is added by nobody who is known";
    if (person == NULL)
        person = add_person(learning->vault, told->user);
    if (person == NULL) {
        learning->status = 500;
        return "no memory";
    }
    memcpy(person->sign, told->sign, SIGN_PUBLIC_SIZE);
    person->added = told->leaf.seq;
    learning->changed = true;
    return NULL;
}

static const char *learn_disable(struct learning *learning, const struct release_person *told)
{
    struct known_person *person = release_person(learning->vault, told->user);
    if (person == NULL || person->disabled <= told->leaf.seq)
        return NULL;
    if (!is_signed(learning, &told->leaf))
        return "somebody is disabled by nobody who is known";
    person->disabled = told->leaf.seq;
    learning->changed = true;
    return NULL;
}

static const char *learn(struct learning *learning, const struct release_entry *entry)
{
    struct release_person told;
    const char *wrong = release_person_read(entry->leaf, &told);
    if (wrong == NULL && told.leaf.seq != entry->index)
        wrong = "an entry that is not in its place";
    if (wrong != NULL)
        return wrong;
    if (told.kind == RELEASE_BIRTH)
        return learn_birth(learning, &told);
    if (!learning->vault->born)
        return "the vault's birth is not known";
    return told.kind == RELEASE_ADD ? learn_add(learning, &told) : learn_disable(learning, &told);
}

const char *release_people_learn(
    struct release_service *service, const struct release_telling *telling, unsigned *status)
{
    struct learning learning = {.service = service, .telling = telling, .status = 403};
    const char *wrong = NULL;
    learning.vault = add_vault(service, telling->origin);
    if (learning.vault == NULL) {
        *status = 500;
        return "no memory";
    }
    for (size_t i = 0; i < telling->count && wrong == NULL; i++)
        wrong = learn(&learning, &telling->entries[i]);
    /* What was learned before something was wrong holds nevertheless. */
    if (learning.changed && save(service) != VAULT_OK) {
        *status = 500;
        return "what was learned of people cannot be written";
    }
    *status = learning.status;
    return wrong;
}
