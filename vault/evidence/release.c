/* What an event asks for, and whether items are what it says. */
#include "vault/evidence/release.h"

#include <string.h>

#include "vault/evidence/canonical.h"

/* The names under which plaintext leaves a vault, or a key is opened to be sealed again. */
static const char *const disclosing[] = {"record.read", "record.list", "record.search", "record.export",
    "record.correct", "record.open", "accountable.rewrap"};

static bool is(struct bytes span, const char *text)
{
    return bytes_equal(span, bytes_of_text(text));
}

static struct bytes inner_text(struct bytes object, const char *name)
{
    struct bytes value;
    return canonical_find(object, name, &value) ? canonical_string(value) : bytes_of(NULL, 0);
}

/* A base64 member of exactly @p size bytes. */
static bool take_base64(struct bytes object, const char *name, uint8_t *out, size_t size)
{
    struct buffer bytes = {0};
    struct bytes text = inner_text(object, name);
    bool fits = text.size <= 4 * size && base64_decode(text, &bytes) == VAULT_OK && bytes.size == size;
    if (fits)
        memcpy(out, bytes.data, size);
    buffer_free(&bytes);
    return fits;
}

static bool take_number(struct bytes object, const char *name, uint64_t *number)
{
    struct bytes value;
    return canonical_find(object, name, &value) && canonical_number(value, number);
}

/* --- Items --- */

void release_root(struct hasher *hasher, const struct release_item *items, size_t count, struct hash *root)
{
    struct tree_edge edge = {0};
    struct hash fresh[TREE_LEVELS + 1];
    for (size_t i = 0; i < count; i++) {
        uint8_t wire[RELEASE_ITEM_SIZE];
        struct hash leaf;
        memcpy(wire, items[i].client.data, ULID_SIZE);
        memcpy(wire + 16, items[i].record.data, ULID_SIZE);
        for (int j = 0; j < 8; j++)
            wire[32 + j] = (uint8_t)(items[i].version >> (8 * (7 - j)));
        memcpy(wire + 40, items[i].point, BOX_PUBLIC_SIZE);
        tree_leaf_hash(hasher, bytes_of(wire, sizeof wire), &leaf);
        (void)tree_edge_add(&edge, hasher, &leaf, fresh);
    }
    tree_edge_root(&edge, hasher, root);
}

/* --- The event --- */

static bool discloses(struct bytes name)
{
    for (size_t i = 0; i < sizeof disclosing / sizeof disclosing[0]; i++) {
        if (is(name, disclosing[i]))
            return true;
    }
    return false;
}

static const char *read_batches(struct bytes witnessed, struct release_event *event)
{
    struct bytes rest, batch;
    uint64_t count;
    struct hash root;
    if (!take_base64(witnessed, "answer", event->answer, BOX_PUBLIC_SIZE))
        return "no answer key of 32 bytes";
    if (!canonical_find(witnessed, "batches", &event->list) || event->list.data[0] != '[')
        return "no batches";
    for (rest = event->list; canonical_element(&rest, &batch); event->batches++) {
        if (batch.data[0] != '{' || !take_number(batch, "count", &count) || count < 1 ||
            count > RELEASE_ITEMS_MAX || !take_base64(batch, "root", root.data, HASH_SIZE))
            return "a batch without count or root";
    }
    return event->batches < 1 || event->batches > RELEASE_BATCHES_MAX ? "no batches, or too many" : NULL;
}

const char *release_event_read(struct bytes text, struct release_event *event)
{
    struct bytes decision, witnessed, phase, rest, resource;
    memset(event, 0, sizeof *event);
    const char *wrong = leaf_read(text, &event->leaf);
    if (wrong != NULL)
        return wrong;
    if (!is(event->leaf.actor_type, "user"))
        return "not the event of a person";
    if (!canonical_find(text, "decision", &decision) || !is(inner_text(decision, "effect"), "permit"))
        return "it was not permitted";
    if (canonical_find(text, "phase", &phase) && !is(canonical_string(phase), "intent"))
        return "it tells of what is over";
    if (!discloses(event->leaf.event))
        return "not an event that discloses";
    if (!canonical_find(text, "witnessed", &witnessed) || witnessed.data[0] != '{')
        return "it asks for no release";
    rest = event->leaf.resources;
    while (canonical_element(&rest, &resource))
        event->records = event->records || is(inner_text(resource, "type"), "record");
    return read_batches(witnessed, event);
}

bool release_event_batch(const struct release_event *event, size_t number, uint64_t *count, struct hash *root)
{
    struct bytes rest = event->list;
    struct bytes batch;
    for (size_t i = 0; canonical_element(&rest, &batch); i++) {
        if (i == number)
            return take_number(batch, "count", count) && take_base64(batch, "root", root->data, HASH_SIZE);
    }
    return false;
}

static bool is_ulid(struct bytes text, const struct ulid *ulid)
{
    struct ulid said;
    return ulid_parse(text, &said) && ulid_equal(&said, ulid);
}

static bool names_client(const struct release_event *event, const struct ulid *client)
{
    struct bytes rest = event->leaf.resources;
    struct bytes resource;
    if (is_ulid(event->leaf.subject, client))
        return true;
    while (canonical_element(&rest, &resource)) {
        if (is(inner_text(resource, "type"), "client") && is_ulid(inner_text(resource, "id"), client))
            return true;
    }
    return false;
}

static bool names_record(const struct release_event *event, const struct release_item *item)
{
    struct bytes rest = event->leaf.resources;
    struct bytes resource;
    uint64_t version;
    while (canonical_element(&rest, &resource)) {
        struct bytes client = inner_text(resource, "client");
        if (is(inner_text(resource, "type"), "record") &&
            is_ulid(inner_text(resource, "id"), &item->record) &&
            take_number(resource, "version", &version) && version == item->version &&
            is_ulid(client.size > 0 ? client : event->leaf.subject, &item->client))
            return true;
    }
    return false;
}

const char *release_event_allows(const struct release_event *event, struct hasher *hasher, size_t number,
    const struct release_item *items, size_t count)
{
    uint64_t wanted;
    struct hash root, said;
    if (!release_event_batch(event, number, &wanted, &said))
        return "the event has no such batch";
    if (wanted != count)
        return "not as many items as the event says";
    release_root(hasher, items, count, &root);
    if (!hash_equal(&root, &said))
        return "not the items of the event";
    for (size_t i = 0; i < count; i++) {
        /* Items come client by client, so the one before has mostly answered it. */
        bool known = i > 0 && ulid_equal(&items[i].client, &items[i - 1].client);
        if (event->records ? !names_record(event, &items[i])
                           : !known && !names_client(event, &items[i].client))
            return "the event does not name an item";
    }
    return NULL;
}

/* --- People --- */

const char *release_person_read(struct bytes text, struct release_person *person)
{
    struct bytes decision, change, phase;
    memset(person, 0, sizeof *person);
    const char *wrong = leaf_read(text, &person->leaf);
    if (wrong != NULL)
        return wrong;
    if (!canonical_find(text, "decision", &decision) || !is(inner_text(decision, "effect"), "permit"))
        return "it was not permitted";
    if (canonical_find(text, "phase", &phase) && !is(canonical_string(phase), "intent"))
        return "it tells of what is over";
    if (!canonical_find(text, "change", &change) || change.data[0] != '{')
        return "it changes nothing";
    person->user = inner_text(change, "user");
    if (is(person->leaf.event, "vault.birth")) {
        person->kind = RELEASE_BIRTH;
        return take_number(change, "events", &person->events) ? NULL : "a birth without a number of events";
    }
    if (person->user.size == 0 || person->user.size > 64)
        return "no name of a user";
    if (is(person->leaf.event, "user.disable")) {
        person->kind = RELEASE_DISABLE;
        return NULL;
    }
    person->kind = RELEASE_ADD;
    if (!is(person->leaf.event, "user.add"))
        return "not an event about people";
    return take_base64(change, "sign", person->sign, SIGN_PUBLIC_SIZE) ? NULL : "no signing key of 32 bytes";
}

/* --- The release log --- */

const char *release_leaf_read(struct bytes text, struct release_leaf *release)
{
    struct bytes person, vault;
    memset(release, 0, sizeof *release);
    const char *wrong = leaf_read(text, &release->leaf);
    if (wrong != NULL)
        return wrong;
    if (!is(release->leaf.event, "key.release"))
        return "not a release";
    if (!canonical_find(text, "vault", &vault) || canonical_string(vault).size == 0)
        return "no origin of a vault's log";
    release->vault = canonical_string(vault);
    if (!take_number(text, "access_seq", &release->access_seq))
        return "no index of an event";
    if (!take_base64(text, "access_leaf", release->access_leaf.data, HASH_SIZE))
        return "no hash of an event";
    if (canonical_find(text, "on_behalf", &person))
        release->person = inner_text(person, "id");
    return take_number(text, "count", &release->count) ? NULL : "no number of keys";
}
