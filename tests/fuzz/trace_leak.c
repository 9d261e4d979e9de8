/* A leaked table of any bytes against a small firm: columns, linkage and scores.  The input is read as a
 * file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/formats/rows.h"
#include "vault/trace/access_index.h"
#include "vault/trace/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct access_index *firm;

/* Twelve clients, two people; made once. */
static struct access_index *make_firm(void)
{
    struct access_index_builder *builder = access_index_builder_new();
    struct access_index *index = NULL;
    struct failure failure = {0};
    uint32_t number = 0;
    int descriptor = -1;
    static const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT];
    bool made = access_index_add_person(builder, bytes_of_text("amy"), &number) == VAULT_OK &&
                access_index_add_person(builder, bytes_of_text("bob"), &number) == VAULT_OK;
    for (uint32_t c = 0; c < 12 && made; c++) {
        struct trace_client about = {.decoy = c == 11};
        struct trace_version version = {.version = 1};
        struct trace_access access = {
            .event = c, .at = 1000, .person = c % 2, .version = 1, .fields = TRACE_ALL};
        char name[64], phone[16];
        for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
            about.segments[k] = TRACE_NO_SEGMENT;
        (void)snprintf(name, sizeof name, "上海第%u贸易有限公司", c);
        (void)snprintf(phone, sizeof phone, "138%08u", c * 7919);
        version.values[TRACE_NAME] = bytes_of_text(name);
        version.values[TRACE_PHONE] = bytes_of_text(phone);
        version.values[TRACE_TURNOVER] = bytes_of_text("1234.50");
        made = access_index_add_client(builder, bytes_of_text(name), &about, &number) == VAULT_OK &&
               access_index_add_version(builder, number, &version) == VAULT_OK &&
               access_index_add_access(builder, number, &access) == VAULT_OK;
    }
    if (!made || access_index_finish(builder, NULL, fingerprint, &descriptor, &failure) != VAULT_OK ||
        access_index_open_at(descriptor, "firm", &index, &failure) != VAULT_OK)
        abort();
    access_index_builder_free(builder);
    return index;
}

static int take_row(void *context, const struct bytes *cells, size_t count)
{
    return leak_add_row(context, cells, count, NULL);
}

static void look_at(const struct trace_result *result)
{
    double sum = result->none + result->backup + result->unlogged;
    for (size_t i = 0; i < result->people_count; i++) {
        const struct trace_person *person = &result->people[i];
        if (!(person->posterior >= 0 && person->posterior <= 1) || person->seen_fully > result->linked)
            abort();
    }
    if (!(sum >= 0 && sum <= 1.001) || result->linked > result->rows)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct failure failure = {0};
    struct trace_result result;
    char path[64];
    if (firm == NULL)
        firm = make_firm();
    int descriptor = memfd_create("fuzz", 0);
    struct leak *leak = leak_new();
    if (descriptor < 0 || leak == NULL || write(descriptor, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    const struct trace_source *source = access_index_source(firm);
    if (rows_read(path, NULL, take_row, leak, &failure) == VAULT_OK &&
        leak_settle(leak, source, &failure) == VAULT_OK &&
        trace_leak(leak, source, 2000, NULL, &result, &failure) == VAULT_OK) {
        look_at(&result);
        trace_result_free(&result);
    }
    leak_free(leak);
    (void)close(descriptor);
    return 0;
}
