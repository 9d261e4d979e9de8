/* A vault's birth: keys, the first admin, the roles and the policy, as the first events of its log. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/access/authority.h"
#include "vault/access/layout.h"
#include "vault/access/policy_text.h"
#include "vault/access/session_private.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/crypto/share.h"
#include "vault/keys/issue.h"
#include "vault/keys/slots.h"
#include "vault/store/setting.h"

#define FIRST_PORTFOLIO "main"
#define EVENTS_MAX 24
#define PASSPHRASE_MIN 8
#define CALIBRATE_MS 500

struct role_plan {
    const char *name;
    const char *keepers;
    unsigned compartments; /* of the first portfolio */
};

static const struct role_plan role_plans[] = {
    {"admin", "admins", 1u << COMPARTMENT_DIRECTORY},
    {"accountant", "members", (1u << COMPARTMENT_COUNT) - 1},
    {"investigator", "admins", 0},
    {"auditor", "admins", 0},
};
#define ROLE_PLANS (sizeof role_plans / sizeof role_plans[0])

/* A vault being made. */
struct birth {
    const struct vault_options *options;
    struct failure *failure;
    char *directory; /* beside the final one */
    struct ulid vault;
    char origin[96];
    struct secret *store_key;
    struct secret *seed;
    struct vault_keys keys;
    struct log_keys log_keys;
    struct identity *admin;
    struct box_key *recovery;
    struct box_key *roles[ROLE_PLANS];
    struct box_key *pairs[COMPARTMENT_COUNT];
    struct store *store;
    struct log *log;
    const char *names[EVENTS_MAX];
    json_t *changes[EVENTS_MAX];
    size_t events;
};

static int plan(struct birth *birth, const char *event, json_t *change)
{
    if (change == NULL || birth->events == EVENTS_MAX) {
        json_decref(change);
        return VAULT_ENOMEM;
    }
    birth->names[birth->events] = event;
    birth->changes[birth->events++] = change;
    return VAULT_OK;
}

/* --- What the first events say --- */

static int plan_people(struct birth *birth)
{
    const struct vault_options *options = birth->options;
    int result = plan(birth, "vault.birth",
        json_pack("{s:s,s:s,s:o,s:o,s:i,s:i}", "origin", birth->origin, "firm",
            options->firm == NULL ? "" : options->firm, "key", json_base64(sign_key_public(birth->keys.sign)), "recovery",
            json_base64(box_key_public(birth->recovery)), "recovery_needed", (int)options->recovery_needed,
            "recovery_holders", (int)options->recovery_holders));
    if (result == VAULT_OK)
        result = plan(birth, "user.add",
            json_pack("{s:s,s:o,s:o}", "user", options->admin, "sign",
                json_base64(sign_key_public(identity_sign(birth->admin))), "box",
                json_base64(box_key_public(identity_box(birth->admin)))));
    return result;
}

static int plan_roles(struct birth *birth)
{
    int result = VAULT_OK;
    for (size_t i = 0; i < ROLE_PLANS && result == VAULT_OK; i++)
        result = plan(birth, "role.add",
            json_pack("{s:s,s:s,s:s,s:i,s:o}", "role", role_plans[i].name, "base", role_plans[i].name, "keepers",
                role_plans[i].keepers, "epoch", 1, "public", json_base64(box_key_public(birth->roles[i]))));
    if (result == VAULT_OK)
        result = plan(birth, "grant.add", json_pack("{s:s,s:s}", "role", "admin", "user", birth->options->admin));
    return result;
}

static json_t *compartments(unsigned mask)
{
    json_t *list = json_array();
    for (int i = 0; i < COMPARTMENT_COUNT; i++) {
        if ((mask >> i & 1) != 0)
            (void)json_array_append_new(list, json_string(compartment_name((enum compartment)i)));
    }
    return list;
}

static int plan_portfolio(struct birth *birth)
{
    json_t *keys = json_object();
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        (void)json_object_set_new(
            keys, compartment_name((enum compartment)i), json_base64(box_key_public(birth->pairs[i])));
    int result = plan(birth, "portfolio.add", json_pack("{s:s}", "portfolio", FIRST_PORTFOLIO));
    if (result == VAULT_OK)
        result = plan(birth, "portfolio.epoch",
            json_pack("{s:s,s:i,s:O}", "portfolio", FIRST_PORTFOLIO, "epoch", 1, "keys", keys));
    json_decref(keys);
    for (size_t i = 0; i < ROLE_PLANS && result == VAULT_OK; i++) {
        if (role_plans[i].compartments != 0)
            result = plan(birth, "reach.add",
                json_pack("{s:s,s:s,s:o}", "role", role_plans[i].name, "portfolio", FIRST_PORTFOLIO, "compartments",
                    compartments(role_plans[i].compartments)));
    }
    return result;
}

static int plan_policy(struct birth *birth)
{
    struct hash hash;
    struct bytes text = policy_default();
    hash_sha256(text, &hash);
    return plan(birth, "policy.set",
        json_pack("{s:o,s:s%}", "hash", json_base64(hash_bytes(&hash)), "text", text.data, text.size));
}

/* The first event says how many belong to it: what the vault itself says later is not its birth. */
static int plan_end(struct birth *birth)
{
    json_t *events = json_integer((json_int_t)birth->events);
    return json_object_set_new(birth->changes[0], "events", events) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

/* --- Making it --- */

static int make_keys(struct birth *birth)
{
    bool all = true;
    birth->vault = ulid_new();
    layout_origin(&birth->vault, birth->origin);
    birth->store_key = secret_random(KEY_SIZE);
    birth->seed = secret_random(KEY_SIZE);
    birth->recovery = box_key_new();
    all = birth->store_key != NULL && birth->seed != NULL && birth->recovery != NULL;
    for (size_t i = 0; i < ROLE_PLANS && all; i++)
        all = (birth->roles[i] = box_key_new()) != NULL;
    for (int i = 0; i < COMPARTMENT_COUNT && all; i++)
        all = (birth->pairs[i] = box_key_new()) != NULL;
    if (!all)
        return VAULT_ENOMEM;
    int result = vault_keys_open(birth->store_key, &birth->keys);
    return result == VAULT_OK ? identity_open(birth->seed, &birth->admin) : result;
}

static int make_slots(struct birth *birth)
{
    struct slots *slots = slots_new(&birth->vault, box_key_public(birth->keys.attempts));
    char *path = file_path(birth->directory, LAYOUT_SLOTS);
    struct passphrase_cost cost =
        birth->options->cost == NULL ? passphrase_calibrate(CALIBRATE_MS) : *birth->options->cost;
    int result = slots == NULL || path == NULL
        ? VAULT_ENOMEM
        : slots_put(slots, birth->options->admin, birth->options->passphrase, cost, birth->seed, birth->store_key);
    if (result == VAULT_OK)
        result = slots_save(slots, path, birth->failure);
    slots_free(slots);
    free(path);
    return result;
}

static int log_events(struct birth *birth)
{
    struct log_event events[EVENTS_MAX];
    json_t *members[EVENTS_MAX] = {NULL};
    uint64_t first = 0;
    int result = VAULT_OK;
    for (size_t i = 0; i < birth->events && result == VAULT_OK; i++) {
        json_t *shown = json_copy(birth->changes[i]);
        (void)json_object_del(shown, "text");
        members[i] = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:o}", "actor", "id", "vault", "type", "system",
            "decision", "effect", "permit", "policies", "resources", "change", shown);
        events[i] = (struct log_event){.name = birth->names[i], .members = members[i]};
        if (members[i] == NULL)
            result = VAULT_ENOMEM;
    }
    if (result == VAULT_OK)
        result = log_append(birth->log, events, birth->events, &first, birth->failure);
    for (size_t i = 0; i < birth->events; i++)
        json_decref(members[i]);
    return result;
}

static int box_roles(struct birth *birth)
{
    struct issue issue = {birth->store, birth->vault, birth->failure};
    int result = VAULT_OK;
    for (size_t i = 0; i < ROLE_PLANS && result == VAULT_OK; i++) {
        const char *role = role_plans[i].name;
        result = issue_role_box(&issue, birth->roles[i], role, 1, birth->options->admin,
            box_key_public(identity_box(birth->admin)));
        if (result == VAULT_OK)
            result = issue_role_box(&issue, birth->roles[i], role, 1, "", box_key_public(birth->recovery));
    }
    return result;
}

static int box_portfolio(struct birth *birth)
{
    struct issue issue = {birth->store, birth->vault, birth->failure};
    int result = VAULT_OK;
    for (int i = 0; i < COMPARTMENT_COUNT && result == VAULT_OK; i++) {
        struct secret *index = secret_random(KEY_SIZE);
        result = index == NULL
            ? VAULT_ENOMEM
            : issue_index_key(&issue, birth->pairs[i], FIRST_PORTFOLIO, (enum compartment)i, 1, index);
        if (result == VAULT_OK)
            result = issue_portfolio_to_roles(&issue, birth->pairs[i], FIRST_PORTFOLIO, (enum compartment)i, 1);
        secret_free(index);
    }
    return result;
}

static int fill_store(struct birth *birth)
{
    int result = store_begin(birth->store, birth->failure);
    for (size_t i = 0; i < birth->events && result == VAULT_OK; i++)
        result = authority_apply(birth->store, birth->names[i], "vault", birth->changes[i], i, 0, birth->failure);
    if (result == VAULT_OK)
        result = box_roles(birth);
    if (result == VAULT_OK)
        result = box_portfolio(birth);
    if (result == VAULT_OK)
        result = store_fact_put(birth->store, "recovery.public", box_key_public(birth->recovery), birth->failure);
    return result == VAULT_OK ? store_commit(birth->store, birth->failure) : result;
}

static int make_files(struct birth *birth)
{
    char *path = file_path(birth->directory, LAYOUT_STORE);
    birth->log_keys = (struct log_keys){.seal_key = birth->keys.log_seal,
        .vault_key = birth->keys.sign,
        .origin = birth->origin,
        .vault = birth->vault};
    int result = path == NULL ? VAULT_ENOMEM : store_create(path, birth->store_key, &birth->store, birth->failure);
    if (result == VAULT_OK)
        result = log_create(birth->directory, &birth->log_keys, &birth->log, birth->failure);
    if (result == VAULT_OK)
        result = log_events(birth);
    if (result == VAULT_OK)
        result = fill_store(birth);
    free(path);
    return result;
}

/* --- The directory --- */

static bool directory_empty(const char *path)
{
    DIR *directory = opendir(path);
    bool empty = true;
    if (directory == NULL)
        return errno == ENOENT;
    for (struct dirent *entry = readdir(directory); entry != NULL && empty; entry = readdir(directory))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(directory);
    return empty;
}

void directory_remove(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    (void)closedir(directory);
    (void)rmdir(path);
}

int directory_begin(const char *path, char **fresh, struct failure *failure)
{
    *fresh = NULL;
    if (!directory_empty(path)) {
        failure_remedy(failure, "name another directory with --vault");
        return failure_set(failure, VAULT_EEXISTS, "%s: there is something here already", path);
    }
    /* Beside the final place, so that a rename puts it there whole. */
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (asprintf(fresh, "%.*s.new-%ld", (int)size, path, (long)getpid()) < 0) {
        *fresh = NULL;
        return failure_set(failure, VAULT_ENOMEM, "no memory");
    }
    directory_remove(*fresh);
    if (mkdir(*fresh, 0700) != 0)
        return failure_set(failure, VAULT_EIO, "%s: cannot be made: %s", *fresh, strerror(errno));
    return VAULT_OK;
}

int directory_finish(const char *fresh, const char *path, struct failure *failure)
{
    char *inside = file_path(fresh, LAYOUT_SLOTS);
    int result = inside == NULL ? VAULT_ENOMEM : file_sync_directory(inside, failure);
    free(inside);
    if (result != VAULT_OK)
        return result;
    if (rename(fresh, path) != 0)
        return failure_set(failure, VAULT_EIO, "%s: cannot be put in place: %s", path, strerror(errno));
    return file_sync_directory(path, failure);
}

/* --- Together --- */

static int check_options(const struct vault_options *options, struct failure *failure)
{
    if (!name_valid(options->admin)) {
        failure_remedy(failure, "use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit");
        return failure_set(failure, VAULT_EINPUT, "'%s' is no name for a user", options->admin == NULL ? "" : options->admin);
    }
    if (secret_bytes(options->passphrase).size < PASSPHRASE_MIN)
        return failure_set(failure, VAULT_EINPUT, "the passphrase is shorter than %d characters", PASSPHRASE_MIN);
    if (options->recovery_needed < 1 || options->recovery_needed > options->recovery_holders ||
        options->recovery_holders > SHARE_HOLDERS_MAX)
        return failure_set(failure, VAULT_EINPUT, "the recovery sheet cannot be %u of %u shares", options->recovery_needed,
            options->recovery_holders);
    return VAULT_OK;
}

static int split_recovery(struct birth *birth, struct vault_birth *result_of_birth)
{
    struct secret *copy = secret_copy(secret_bytes(box_key_secret(birth->recovery)));
    int result = copy == NULL ? VAULT_ENOMEM
                              : share_split(copy, birth->options->recovery_needed, birth->options->recovery_holders,
                                    result_of_birth->shares);
    secret_free(copy);
    return result;
}

static void birth_free(struct birth *birth)
{
    for (size_t i = 0; i < birth->events; i++)
        json_decref(birth->changes[i]);
    for (size_t i = 0; i < ROLE_PLANS; i++)
        box_key_free(birth->roles[i]);
    for (int i = 0; i < COMPARTMENT_COUNT; i++)
        box_key_free(birth->pairs[i]);
    box_key_free(birth->recovery);
    identity_free(birth->admin);
    log_free(birth->log);
    store_free(birth->store);
    vault_keys_free(&birth->keys);
    secret_free(birth->seed);
    secret_free(birth->store_key);
    free(birth->directory);
}

static int make(struct birth *birth)
{
    static int (*const steps[])(struct birth *) = {
        make_keys, plan_people, plan_roles, plan_portfolio, plan_policy, plan_end, make_slots, make_files};
    int result = VAULT_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && result == VAULT_OK; i++)
        result = steps[i](birth);
    return result;
}

int vault_create(const struct vault_options *options, struct vault_birth *done, struct failure *failure)
{
    struct birth birth = {.options = options, .failure = failure};
    memset(done, 0, sizeof *done);
    int result = crypto_start();
    if (result == VAULT_OK)
        result = check_options(options, failure);
    if (result == VAULT_OK)
        result = directory_begin(options->directory, &birth.directory, failure);
    if (result != VAULT_OK) {
        free(birth.directory);
        return result;
    }
    result = memory_excuses(make(&birth), failure);
    if (result == VAULT_OK)
        result = split_recovery(&birth, done);
    if (result == VAULT_OK) {
        done->vault = birth.vault;
        memcpy(done->origin, birth.origin, sizeof done->origin);
        memcpy(done->recovery_public, box_key_public(birth.recovery).data, BOX_PUBLIC_SIZE);
        /* Closed before it moves: its parts know their paths. */
        log_free(birth.log);
        store_free(birth.store);
        birth.log = NULL;
        birth.store = NULL;
        result = directory_finish(birth.directory, options->directory, failure);
    }
    if (result != VAULT_OK) {
        (void)failure_set(failure, result, "%s: the vault cannot be made: %s", options->directory, vault_error_text(result));
        directory_remove(birth.directory);
        vault_birth_free(done);
    }
    birth_free(&birth);
    return result;
}

void vault_birth_free(struct vault_birth *birth)
{
    for (size_t i = 0; i < sizeof birth->shares / sizeof birth->shares[0]; i++) {
        secret_free(birth->shares[i]);
        birth->shares[i] = NULL;
    }
}
