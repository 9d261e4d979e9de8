#include "tests/unit/log_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/base/file.h"

static const char members[] =
    "{\"actor\":{\"id\":\"u-7\",\"role\":\"accountant\",\"type\":\"user\"},\"decision\":{\"effect\":"
    "\"permit\"},"
    "\"phase\":\"intent\",\"purpose\":\"payroll\",\"resources\":[{\"id\":\"r-1\",\"type\":\"voucher\"}],"
    "\"subject\":{\"id\":\"c-3\"},\"ticket\":\"T-1\"}";

static struct secret *filled(int value)
{
    struct secret *secret = secret_new(KEY_SIZE);
    cr_assert_not_null(secret);
    memset(secret_edit(secret), value, KEY_SIZE);
    return secret;
}

void fixture_start_empty(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    cr_assert_eq(crypto_start(), VAULT_OK);
    (void)snprintf(fixture->directory, sizeof fixture->directory, "/tmp/strongroom-log-XXXXXX");
    cr_assert_not_null(mkdtemp(fixture->directory));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/log", fixture->directory);
    fixture->seal_key = filled(1);
    fixture->seed = filled(2);
    fixture->person_seed = filled(3);
    fixture->vault_key = sign_key_from_seed(fixture->seed);
    fixture->person = sign_key_from_seed(fixture->person_seed);
    cr_assert(fixture->vault_key != NULL && fixture->person != NULL);
    fixture->keys = (struct log_keys){.seal_key = fixture->seal_key,
        .vault_key = fixture->vault_key,
        .origin = "strongroom.example/01ARZ3NDEKTSV4RRFFQ69G5FAV"};
    cr_assert(ulid_parse(bytes_of_text("01ARZ3NDEKTSV4RRFFQ69G5FAV"), &fixture->keys.vault));
    cr_assert_eq(json_read(bytes_of_text(members), &fixture->members, NULL), VAULT_OK);
}

void fixture_start(struct fixture *fixture)
{
    fixture_start_empty(fixture);
    int result = log_create(fixture->directory, &fixture->keys, &fixture->log, &fixture->failure);
    cr_assert_eq(result, VAULT_OK, "%s", fixture->failure.text);
}

void fixture_end(struct fixture *fixture)
{
    char command[128];
    log_free(fixture->log);
    json_decref(fixture->members);
    sign_key_free(fixture->vault_key);
    sign_key_free(fixture->person);
    secret_free(fixture->seal_key);
    secret_free(fixture->seed);
    secret_free(fixture->person_seed);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", fixture->directory);
    cr_assert_eq(system(command), 0);
}

int fixture_reopen(struct fixture *fixture)
{
    log_free(fixture->log);
    failure_clear(&fixture->failure);
    return log_open(fixture->directory, &fixture->keys, &fixture->log, &fixture->failure);
}

struct log_event fixture_event(const struct fixture *fixture)
{
    return (struct log_event){"record.read", fixture->members, fixture->person};
}

int fixture_append(struct fixture *fixture, size_t count)
{
    struct log_event event = fixture_event(fixture);
    uint64_t first;
    int result = VAULT_OK;
    failure_clear(&fixture->failure);
    for (size_t i = 0; i < count && result == VAULT_OK; i++)
        result = log_append(fixture->log, &event, 1, &first, &fixture->failure);
    return result;
}

int fixture_append_group(struct fixture *fixture, size_t count)
{
    struct log_event *events = calloc(count, sizeof *events);
    uint64_t first;
    cr_assert_not_null(events);
    for (size_t i = 0; i < count; i++)
        events[i] = fixture_event(fixture);
    failure_clear(&fixture->failure);
    int result = log_append(fixture->log, events, count, &first, &fixture->failure);
    free(events);
    return result;
}

static char *name_of(const struct fixture *fixture, const char *name)
{
    char *path = file_path(fixture->directory, name);
    cr_assert_not_null(path);
    return path;
}

void fixture_load(const struct fixture *fixture, const char *name, struct buffer *content)
{
    char *path = name_of(fixture, name);
    buffer_reset(content);
    int result = file_read(path, (size_t)1 << 30, content, NULL);
    cr_assert(result == VAULT_OK || result == VAULT_ENOTFOUND);
    free(path);
}

void fixture_store(const struct fixture *fixture, const char *name, struct bytes content)
{
    char *path = name_of(fixture, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(file, 0);
    cr_assert_eq(file_write_all(file, content), VAULT_OK);
    (void)close(file);
    free(path);
}

void fixture_remove(const struct fixture *fixture, const char *name)
{
    char *path = name_of(fixture, name);
    (void)unlink(path);
    free(path);
}

struct context {
    const struct fixture *fixture;
    struct found *found;
};

static const uint8_t *key_of(void *context, struct bytes actor)
{
    const struct context *both = context;
    return bytes_equal(actor, bytes_of_text("u-7")) ? sign_key_public(both->fixture->person).data : NULL;
}

static int note_problem(void *context, const struct log_problem *problem)
{
    struct found *found = ((struct context *)context)->found;
    if (found->problems++ == 0) {
        found->index = problem->index;
        (void)snprintf(found->what, sizeof found->what, "%s", problem->what);
    }
    return VAULT_OK;
}

int fixture_verify(struct fixture *fixture, struct found *found)
{
    struct context context = {fixture, found};
    struct log_verify_options options = {
        .threads = 2, .context = &context, .public_key = key_of, .problem = note_problem};
    memset(found, 0, sizeof *found);
    failure_clear(&fixture->failure);
    return log_verify(fixture->log, &options, &found->result, &fixture->failure);
}
