/* The index of accesses: what goes in comes out, counts are of distinct clients, damage is an error. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/trace/access_index.h"
#include "vault/linkage/term.h"

#define DAY 86400
#define START (INT64_C(19800) * DAY)

static struct failure failure;
static const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT] = "one";

static struct access_index_builder *filled(void)
{
    struct access_index_builder *builder = access_index_builder_new();
    uint32_t number = 0;
    cr_assert_eq(access_index_add_person(builder, bytes_of_text("amy"), &number), VAULT_OK);
    cr_assert_eq(access_index_add_person(builder, bytes_of_text("bob"), &number), VAULT_OK);
    cr_assert_eq(access_index_add_person(builder, bytes_of_text("amy"), &number), VAULT_EEXISTS);
    for (int i = 0; i < 3; i++) {
        struct trace_client about = {.since = START, .decoy = i == 2};
        char name[8] = {'c', (char)('0' + i), 0};
        for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
            about.segments[k] = TRACE_NO_SEGMENT;
        cr_assert_eq(
            access_index_add_segment(builder, 1, bytes_of_text("team"), &about.segments[1]), VAULT_OK);
        cr_assert_eq(access_index_add_client(builder, bytes_of_text(name), &about, &number), VAULT_OK);
        struct trace_version version = {.record = 0, .version = 1, .valid_from = START - 5};
        version.values[TRACE_NAME] = bytes_of_text(i == 1 ? "乙有限公司" : "甲有限公司");
        version.values[TRACE_PHONE] = bytes_of_text("13800138000");
        version.values[TRACE_TURNOVER] = bytes_of_text("1234.56");
        cr_assert_eq(access_index_add_version(builder, number, &version), VAULT_OK);
    }
    return builder;
}

static void see(struct access_index_builder *builder, uint64_t event, int64_t at, uint32_t person,
    uint32_t client, uint32_t export)
{
    struct trace_access access = {event, at, person, 0, 1, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_PHONE),
        export, export == 0 ? TRACE_READ : TRACE_EXPORT};
    cr_assert_eq(access_index_add_access(builder, client, &access), VAULT_OK);
}

static struct access_index *finished(struct access_index_builder *builder)
{
    struct access_index *index = NULL;
    int descriptor = -1;
    cr_assert_eq(
        access_index_finish(builder, NULL, fingerprint, &descriptor, &failure), VAULT_OK, "%s", failure.text);
    access_index_builder_free(builder);
    cr_assert_eq(access_index_open_at(descriptor, "memory", &index, &failure), VAULT_OK, "%s", failure.text);
    return index;
}

struct seen {
    struct trace_access all[16];
    size_t count;
};

static int take(void *context, const struct trace_access *access)
{
    struct seen *seen = context;
    seen->all[seen->count++] = *access;
    return VAULT_OK;
}

static uint32_t reach(
    const struct trace_source *s, uint32_t person, enum trace_scope scope, uint32_t key, int64_t at)
{
    uint32_t clients = 0;
    cr_assert_eq(s->reach(s->context, person, scope, key, at, &clients, &failure), VAULT_OK);
    return clients;
}

static struct access_index *sample(void)
{
    struct access_index_builder *builder = filled();
    uint32_t export = 0, again = 0;
    cr_assert_eq(access_index_add_export(builder, bytes_of_text("x1"), &export), VAULT_OK);
    cr_assert_eq(access_index_add_export(builder, bytes_of_text("x1"), &again), VAULT_OK);
    cr_assert_eq(export, again);
    cr_assert_eq(export, 1);
    see(builder, 1, START, 0, 0, 0);
    see(builder, 2, START + 10, 0, 0, 0);
    see(builder, 3, START + DAY, 0, 1, 0);
    see(builder, 9, START + 40 * DAY, 0, 0, export);
    see(builder, 10, START + 40 * DAY, 0, 1, export);
    see(builder, 11, START + 40 * DAY, 0, 2, export);
    see(builder, 12, START + 50 * DAY, 1, 0, 0);
    return finished(builder);
}

Test(trace_index, gives_back_the_accesses_of_a_client_in_order)
{
    struct access_index *index = sample();
    const struct trace_source *s = access_index_source(index);
    struct seen seen = {.count = 0};
    cr_assert_eq(s->accesses(s->context, 0, INT64_MAX, take, &seen, &failure), VAULT_OK);
    cr_assert_eq(seen.count, 4);
    cr_expect_eq(seen.all[1].event, 2);
    cr_expect_eq(seen.all[1].at, START + 10);
    cr_expect_eq(seen.all[2].export, 1);
    cr_expect_eq(seen.all[2].action, TRACE_EXPORT);
    cr_expect_eq(seen.all[3].person, 1);
    cr_expect_eq(seen.all[3].fields, TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_PHONE));
    seen.count = 0;
    cr_assert_eq(s->accesses(s->context, 0, START + DAY, take, &seen, &failure), VAULT_OK);
    cr_expect_eq(seen.count, 2, "nothing later");
    cr_expect_eq(s->accesses(s->context, 3, START, take, &seen, &failure), VAULT_ENOTFOUND);
    access_index_free(index);
}

Test(trace_index, counts_distinct_clients)
{
    struct access_index *index = sample();
    const struct trace_source *s = access_index_source(index);
    cr_expect_eq(s->people, 2);
    cr_expect_eq(s->genuine, 2);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_ALL, 0, START + 100), 1);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_ALL, 0, START + DAY), 2);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_ALL, 0, INT64_MAX / 2), 3);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_DAY, trace_day(START), 0), 1);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_MONTH, trace_month(START), 0), 2);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_EXPORT, 1, 0), 3);
    cr_expect_eq(reach(s, 0, TRACE_SCOPE_SEGMENT, 0, 0), 3);
    cr_expect_eq(reach(s, 1, TRACE_SCOPE_ALL, 0, INT64_MAX / 2), 1);
    cr_expect_eq(reach(s, 1, TRACE_SCOPE_EXPORT, 1, 0), 0);
    uint32_t count = 0;
    cr_assert_eq(s->episodes(s->context, 0, TRACE_SCOPE_EXPORT, START, &count, &failure), VAULT_OK);
    cr_expect_eq(count, 0, "the export is later");
    cr_assert_eq(s->episodes(s->context, 0, TRACE_SCOPE_DAY, INT64_MAX / 2, &count, &failure), VAULT_OK);
    cr_expect_eq(count, 3);
    cr_assert_eq(s->segment(s->context, 0, &count, &failure), VAULT_OK);
    cr_expect_eq(count, 2, "decoys are no part of it");
    cr_expect(bytes_equal(access_index_person_name(index, 1), bytes_of_text("bob")));
    cr_expect(bytes_equal(access_index_client_name(index, 2), bytes_of_text("c2")));
    cr_expect(bytes_equal(access_index_export_name(index, 1), bytes_of_text("x1")));
    cr_expect_eq(access_index_export_name(index, 0).size, 0);
    access_index_free(index);
}

Test(trace_index, finds_clients_by_terms)
{
    struct access_index *index = sample();
    const struct trace_source *s = access_index_source(index);
    struct trace_hits hits;
    struct trace_term term = {TRACE_TERM_EXACT, TRACE_NAME, bytes_of_text("甲有限公司")};
    cr_assert_eq(s->find(s->context, &term, &hits, &failure), VAULT_OK);
    cr_assert_eq(hits.count, 2);
    cr_expect_eq(hits.clients[0], 0);
    cr_expect_eq(hits.clients[1], 2);
    term = (struct trace_term){TRACE_TERM_NEAR, TRACE_NAME, bytes_of_text("有限公司")};
    cr_assert_eq(s->find(s->context, &term, &hits, &failure), VAULT_OK);
    cr_expect_eq(hits.count, 3, "either name without its first character");
    term = (struct trace_term){TRACE_TERM_UNIT, TRACE_TURNOVER, bytes_of_text("1235")};
    cr_assert_eq(s->find(s->context, &term, &hits, &failure), VAULT_OK);
    cr_expect_eq(hits.count, 3);
    term = (struct trace_term){TRACE_TERM_TAIL, TRACE_PHONE, bytes_of_text("8000")};
    cr_assert_eq(s->find(s->context, &term, &hits, &failure), VAULT_OK);
    cr_expect_eq(hits.count, 3);
    term = (struct trace_term){TRACE_TERM_EXACT, TRACE_PHONE, bytes_of_text("8000")};
    cr_assert_eq(s->find(s->context, &term, &hits, &failure), VAULT_OK);
    cr_expect_eq(hits.count, 0);
    access_index_free(index);
}

Test(trace_index, refuses_accesses_out_of_order_or_of_nobody)
{
    struct access_index_builder *builder = filled();
    struct trace_access access = {5, START, 0, 0, 1, 1, 0, TRACE_READ};
    cr_assert_eq(access_index_add_access(builder, 0, &access), VAULT_OK);
    access.at--;
    cr_expect_eq(access_index_add_access(builder, 0, &access), VAULT_EINPUT);
    access.at++;
    access.event = 4;
    cr_expect_eq(access_index_add_access(builder, 0, &access), VAULT_EINPUT);
    access.event = 6;
    access.person = 2;
    cr_expect_eq(access_index_add_access(builder, 0, &access), VAULT_EINPUT);
    access.person = 0;
    cr_expect_eq(access_index_add_access(builder, 3, &access), VAULT_EINPUT);
    access.export = 1;
    cr_expect_eq(access_index_add_access(builder, 0, &access), VAULT_EINPUT, "no such export");
    access_index_builder_free(builder);
}

static int take_version(void *context, const struct trace_version *version)
{
    (void)context;
    (void)version;
    return VAULT_OK;
}

/* Everything that may be asked of an index, whatever is in it. */
static void ask_all(const struct trace_source *s)
{
    struct seen seen;
    struct trace_client about;
    struct trace_hits hits;
    struct trace_term term = {TRACE_TERM_EXACT, TRACE_NAME, bytes_of_text("甲有限公司")};
    uint32_t number = 0;
    struct failure unheard = {0};
    (void)s->find(s->context, &term, &hits, &unheard);
    for (uint32_t c = 0; c < s->clients && c < 4; c++) {
        seen.count = 0;
        (void)s->accesses(s->context, c, INT64_MAX, take, &seen, &unheard);
        (void)s->versions(s->context, c, take_version, NULL, &unheard);
        (void)s->client(s->context, c, &about, &unheard);
    }
    (void)s->segment(s->context, 0, &number, &unheard);
    for (int scope = 0; scope < TRACE_SCOPES; scope++) {
        (void)s->reach(s->context, 0, (enum trace_scope)scope, 1, START, &number, &unheard);
        (void)s->episodes(s->context, 0, (enum trace_scope)scope, START, &number, &unheard);
    }
}

Test(trace_index, every_byte_changed_and_every_cut_is_an_error_or_an_answer_never_a_crash, .timeout = 60)
{
    struct access_index_builder *builder = filled();
    struct access_index *index = NULL;
    int descriptor = -1;
    see(builder, 1, START, 0, 0, 0);
    see(builder, 2, START + 10, 1, 1, 0);
    cr_assert_eq(access_index_finish(builder, NULL, fingerprint, &descriptor, &failure), VAULT_OK);
    access_index_builder_free(builder);
    off_t size = lseek(descriptor, 0, SEEK_END);
    uint8_t *whole = malloc((size_t)size);
    cr_assert_eq(pread(descriptor, whole, (size_t)size, 0), size);
    close(descriptor);
    for (off_t at = 0; at < size; at++) {
        for (int cut = 0; cut < 2; cut++) {
            struct failure unheard = {0};
            int copy = memfd_create("copy", 0);
            uint8_t old = whole[at];
            whole[at] ^= cut ? 0 : 0xA5;
            cr_assert_eq(write(copy, whole, (size_t)(cut ? at : size)), cut ? at : size);
            whole[at] = old;
            if (access_index_open_at(copy, "copy", &index, &unheard) == VAULT_OK)
                ask_all(access_index_source(index));
            else
                cr_assert_neq(unheard.error, VAULT_OK);
            access_index_free(index);
            index = NULL;
        }
    }
    free(whole);
}

Test(trace_index, a_file_is_replaced_whole_and_remembers_what_it_is_of)
{
    char path[] = "/tmp/trace-index-XXXXXX";
    struct access_index *index = NULL;
    int descriptor = mkstemp(path);
    close(descriptor);
    struct access_index_builder *builder = filled();
    cr_assert_eq(
        access_index_finish(builder, path, fingerprint, &descriptor, &failure), VAULT_OK, "%s", failure.text);
    cr_expect_eq(descriptor, -1);
    cr_assert_eq(access_index_open(path, &index, &failure), VAULT_OK, "%s", failure.text);
    cr_expect_eq(memcmp(access_index_fingerprint(index), fingerprint, sizeof fingerprint), 0);
    access_index_free(index);
    cr_expect_eq(
        access_index_finish(builder, "/nonexistent/index", fingerprint, &descriptor, &failure), VAULT_EIO);
    access_index_builder_free(builder);
    unlink(path);
    cr_expect_eq(access_index_open(path, &index, &failure), VAULT_ENOTFOUND);
    cr_expect_null(index);
}
