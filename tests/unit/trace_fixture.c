#include "trace_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define FIRM_FIELDS \
    (TRACE_BIT(TRACE_NAME) | TRACE_BIT(TRACE_TAX_ID) | TRACE_BIT(TRACE_PHONE) | TRACE_BIT(TRACE_BANK_ACCOUNT))

static struct failure failure;

void firm_values(
    uint32_t client, uint32_t version, char name[64], char tax_id[64], char phone[64], char account[64])
{
    static const char *const words[] = {"华瑞", "恒盛", "嘉宏", "鑫隆", "泰和", "博远", "天成"};
    uint32_t mixed = (client + 1) * 2654435761u;
    (void)snprintf(name, 64, "上海%s%s贸易有限公司", words[client % 7], words[client / 7]);
    (void)snprintf(tax_id, 64, "91310%09uMA%02u", mixed % 1000000000, client);
    (void)snprintf(phone, 64, "13%09u", (mixed ^ version * 0x5bd1e995u) % 1000000000);
    (void)snprintf(account, 64, "6222%015u", mixed);
}

static void add_versions(struct firm *firm, uint32_t client)
{
    char name[64], tax_id[64], phone[64], account[64];
    for (uint32_t v = 1; v <= 2; v++) {
        struct trace_version version = {
            .version = v, .valid_from = v == 1 ? FIRM_START - 86400 : FIRM_CHANGE};
        firm_values(client, v, name, tax_id, phone, account);
        version.values[TRACE_NAME] = bytes_of_text(name);
        version.values[TRACE_TAX_ID] = bytes_of_text(tax_id);
        version.values[TRACE_PHONE] = bytes_of_text(phone);
        version.values[TRACE_BANK_ACCOUNT] = bytes_of_text(account);
        cr_assert_eq(access_index_add_version(firm->builder, client, &version), VAULT_OK);
    }
}

void firm_start(struct firm *firm)
{
    static const char *const people[] = {"amy", "bob", "eve"};
    uint32_t number = 0;
    *firm = (struct firm){.builder = access_index_builder_new(), .event = 1, .at = FIRM_START};
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(access_index_add_person(firm->builder, bytes_of_text(people[i]), &number), VAULT_OK);
    for (uint32_t c = 0; c < FIRM_CLIENTS; c++) {
        struct trace_client about = {.since = FIRM_START - 86400};
        char name[16];
        for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
            about.segments[k] = TRACE_NO_SEGMENT;
        cr_assert_eq(access_index_add_segment(firm->builder, 0,
                         bytes_of_text(c < FIRM_CLIENTS / 2 ? "amy" : "bob"), &about.segments[0]),
            VAULT_OK);
        (void)snprintf(name, sizeof name, "c%02u", c);
        cr_assert_eq(access_index_add_client(firm->builder, bytes_of_text(name), &about, &number), VAULT_OK);
        add_versions(firm, number);
    }
}

uint32_t firm_decoy(struct firm *firm, const char *name, const char *contact, const char *tax_id)
{
    struct trace_client about = {.decoy = true, .since = FIRM_START - 86400};
    struct trace_version version = {.version = 1, .valid_from = FIRM_START - 86400};
    uint32_t number = 0;
    for (unsigned k = 0; k < TRACE_SEGMENTS; k++)
        about.segments[k] = TRACE_NO_SEGMENT;
    version.values[TRACE_NAME] = bytes_of_text(name);
    version.values[TRACE_CONTACT] = bytes_of_text(contact);
    version.values[TRACE_TAX_ID] = bytes_of_text(tax_id);
    cr_assert_eq(access_index_add_client(firm->builder, bytes_of_text("d00"), &about, &number), VAULT_OK);
    cr_assert_eq(access_index_add_version(firm->builder, number, &version), VAULT_OK);
    return number;
}

void firm_see(struct firm *firm, uint32_t person, uint32_t client, trace_fields fields, uint32_t export)
{
    struct trace_access access = {.event = firm->event++,
        .at = firm->at,
        .person = person,
        .version = firm->at < FIRM_CHANGE ? 1 : 2,
        .fields = fields == 0 ? FIRM_FIELDS : fields,
        .export = export,
        .action = export == 0 ? TRACE_READ : TRACE_EXPORT};
    cr_assert_eq(access_index_add_access(firm->builder, client, &access), VAULT_OK);
    firm->at += export == 0 ? 60 : 0;
}

void firm_wait(struct firm *firm, int64_t at)
{
    firm->at = at;
}

uint32_t firm_export(struct firm *firm, const char *name)
{
    uint32_t export = 0;
    cr_assert_eq(access_index_add_export(firm->builder, bytes_of_text(name), &export), VAULT_OK);
    return export;
}

struct access_index *firm_end(struct firm *firm)
{
    static const uint8_t fingerprint[ACCESS_INDEX_FINGERPRINT];
    struct access_index *index = NULL;
    int descriptor = -1;
    cr_assert_eq(access_index_finish(firm->builder, NULL, fingerprint, &descriptor, &failure), VAULT_OK);
    access_index_builder_free(firm->builder);
    cr_assert_eq(access_index_open_at(descriptor, "firm", &index, &failure), VAULT_OK, "%s", failure.text);
    return index;
}

static struct leak *settled(struct leak *leak, const struct access_index *index)
{
    union {
        const struct access_index *constant;
        struct access_index *loose;
    } same = {.constant = index};
    cr_assert_eq(leak_settle(leak, access_index_source(same.loose), &failure), VAULT_OK, "%s", failure.text);
    return leak;
}

struct leak *firm_leak(const struct access_index *index, uint32_t first, uint32_t count, uint32_t version)
{
    struct leak *leak = leak_new();
    const struct bytes heads[] = {
        bytes_of_text("单位名称"), bytes_of_text("手机"), bytes_of_text("银行账号")};
    cr_assert_eq(leak_add_row(leak, heads, 3, &failure), VAULT_OK);
    for (uint32_t c = first; c < first + count; c++) {
        char name[64], tax_id[64], phone[64], account[64];
        firm_values(c, version, name, tax_id, phone, account);
        const struct bytes cells[] = {bytes_of_text(name), bytes_of_text(phone), bytes_of_text(account)};
        cr_assert_eq(leak_add_row(leak, cells, 3, &failure), VAULT_OK);
    }
    return settled(leak, index);
}

struct leak *firm_leak_of(const struct access_index *index, const char *text)
{
    struct leak *leak = leak_new();
    while (*text != '\0') {
        struct bytes cells[16];
        size_t count = 0;
        for (;;) {
            size_t size = strcspn(text, ",\n");
            cells[count++] = bytes_of(text, size);
            text += size;
            if (*text != ',' || count == 16)
                break;
            text++;
        }
        text += *text == '\n';
        cr_assert_eq(leak_add_row(leak, cells, count, &failure), VAULT_OK);
    }
    return settled(leak, index);
}
