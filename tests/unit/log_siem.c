/* Entries as monitoring reads them: what must be escaped, where, and what every record carries. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/base/json.h"
#include "vault/evidence/tree.h"
#include "vault/log/siem.h"

#define ORIGIN "strongroom.vault/01M8AF50K000KA683P9J9AMS17"

static struct buffer out;

static void start(void)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    out = (struct buffer){0};
}

static void stop(void)
{
    buffer_free(&out);
}

TestSuite(siem, .init = start, .fini = stop);

/* A leaf around what a test is about; members are in canonical order already. */
static void leaf_of(const char *actor, const char *resources, const char *tail, struct buffer *leaf)
{
    buffer_put_format(leaf,
        "{\"actor\":{\"id\":\"%s\",\"type\":\"user\"},\"decision\":{\"effect\":\"permit\",\"policies\":["
        "\"one\",\"two\"],"
        "\"policy_hash\":\"sha256:00\"},\"event\":\"record.read\",\"id\":\"01M8AF5HRK87FXPPB6SFC8RD4B\",%"
        "s\"resources\":%s,"
        "\"seq\":48,%s\"time\":\"2026-11-25T23:03:04.723Z\",\"v\":1}",
        actor, strcmp(tail, "outcome") == 0 ? "\"intent\":7,\"phase\":\"outcome\"," : "", resources,
        strcmp(tail, "outcome") == 0 ? "" : tail);
}

static int write(enum siem_format format, enum siem_framing framing, struct bytes leaf, struct hash *hash)
{
    struct siem_entry entry = {.origin = ORIGIN, .leaf = leaf};
    struct hasher *hasher = hasher_new();
    tree_leaf_hash(hasher, leaf, &entry.leaf_hash);
    hasher_free(hasher);
    if (hash != NULL)
        *hash = entry.leaf_hash;
    return siem_write(format, framing, &entry, &out);
}

static const char *written(
    enum siem_format format, const char *actor, const char *resources, const char *tail)
{
    struct buffer leaf = {0};
    buffer_reset(&out);
    leaf_of(actor, resources, tail, &leaf);
    cr_assert_eq(write(format, SIEM_LINES, buffer_bytes(&leaf), NULL), VAULT_OK, "%s", buffer_text(&leaf));
    buffer_free(&leaf);
    return buffer_text(&out);
}

#define RECORD \
    "[{\"fields\":[\"net\",\"employee.id_no\"],\"id\":\"01M8AF5DZQJK0S659P2G5V6H53\",\"type\":\"record\"}]"
#define AROUND \
    "\"session\":\"S1\",\"src\":{\"host\":\"desk\"},\"subject\":{\"id\":\"C1\"},\"ticket\":\"2024-01\","

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static size_t line_ends(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* --- What each carries --- */

static void carries_trace(enum siem_format format, const char *seq)
{
    struct buffer leaf = {0};
    struct buffer hash_text = {0};
    struct hash hash;
    buffer_reset(&out);
    leaf_of("li", RECORD, AROUND, &leaf);
    cr_assert_eq(write(format, SIEM_LINES, buffer_bytes(&leaf), &hash), VAULT_OK);
    base64_encode(hash_bytes(&hash), &hash_text);
    /* Padding is an equals sign, which CEF escapes. */
    hash_text.data[43] = '\0';
    const char *text = buffer_text(&out);
    cr_assert(has(text, ORIGIN), "%s", text);
    cr_assert(has(text, (const char *)hash_text.data), "%s", text);
    cr_assert(has(text, seq), "%s", text);
    cr_assert_eq(line_ends(text), 1);
    buffer_free(&leaf);
    buffer_free(&hash_text);
}

Test(siem, every_record_carries_origin_sequence_and_leaf_hash)
{
    carries_trace(SIEM_OCSF, "\"sequence\":48");
    carries_trace(SIEM_CEF, " cn1=48 cn1Label=seq");
    carries_trace(SIEM_SYSLOG, " seq=\"48\"");
}

Test(siem, what_is_no_leaf_writes_nothing)
{
    cr_assert_eq(write(SIEM_OCSF, SIEM_LINES, bytes_of_text("{}"), NULL), VAULT_EDAMAGED);
    cr_assert_eq(write(SIEM_CEF, SIEM_LINES, bytes_of_text(""), NULL), VAULT_EDAMAGED);
    cr_assert_eq(out.size, 0);
}

Test(siem, names_of_formats_and_framings)
{
    enum siem_format format;
    enum siem_framing framing;
    cr_assert(siem_format_of("syslog", &format) && format == SIEM_SYSLOG);
    cr_assert(siem_format_of("cef", &format) && format == SIEM_CEF);
    cr_assert(!siem_format_of("CEF", &format) && !siem_format_of("", &format));
    cr_assert(siem_framing_of("octets", &framing) && framing == SIEM_OCTETS);
    cr_assert(!siem_framing_of("octet", &framing));
}

/* --- OCSF --- */

Test(siem, ocsf_has_what_its_class_requires)
{
    json_t *record = NULL;
    const char *text = written(SIEM_OCSF, "li", RECORD, AROUND);
    cr_assert_eq(json_read(bytes_of(text, strlen(text) - 1), &record, NULL), VAULT_OK, "%s", text);
    cr_assert_eq(json_number(record, "class_uid", 0), 6005);
    cr_assert_eq(json_number(record, "category_uid", 0), 6);
    cr_assert_eq(json_number(record, "activity_id", 0), 1);
    cr_assert_eq(json_number(record, "type_uid", 0), 600501);
    cr_assert_eq(json_number(record, "severity_id", 0), 1);
    cr_assert_eq(json_number(record, "time", 0), 1795647784723);
    const json_t *metadata = json_object_get(record, "metadata");
    cr_assert_str_eq(json_text(metadata, "version"), "1.6.0");
    cr_assert_not_null(json_text(json_object_get(metadata, "product"), "vendor_name"));
    cr_assert_str_eq(json_text(json_object_get(record, "src_endpoint"), "hostname"), "desk");
    cr_assert_str_eq(json_text(json_object_get(record, "database"), "name"), ORIGIN);
    const json_t *actor = json_object_get(record, "actor");
    cr_assert_str_eq(json_text(json_object_get(actor, "user"), "name"), "li");
    cr_assert_eq(json_array_size(json_object_get(actor, "authorizations")), 2);
    const json_t *unmapped = json_object_get(record, "unmapped");
    cr_assert_str_eq(json_text(unmapped, "client"), "C1");
    cr_assert_eq(json_array_size(json_object_get(unmapped, "resources")), 1);
    json_decref(record);
}

Test(siem, ocsf_keeps_strings_as_they_are)
{
    json_t *record = NULL;
    const char *text = written(SIEM_OCSF, "l\\\"i\\\\|]=\\n\xe9\x9d\x92", "[]", "");
    cr_assert_eq(json_read(bytes_of(text, strlen(text) - 1), &record, NULL), VAULT_OK, "%s", text);
    const json_t *user = json_object_get(json_object_get(record, "actor"), "user");
    cr_assert_str_eq(json_text(user, "name"), "l\"i\\|]=\n\xe9\x9d\x92");
    cr_assert(has(json_text(record, "message"), "l\"i\\|]=\n\xe9\x9d\x92 record.read permit"));
    json_decref(record);
}

/* --- CEF --- */

Test(siem, cef_escapes_equals_signs_backslashes_and_line_ends_in_values)
{
    const char *text = written(SIEM_CEF, "a=b|c\\\\d\\ne\\rf\\tg\\u0007h", RECORD, AROUND);
    cr_assert(has(text, " suser=a\\=b|c\\\\d\\ne\\rf g h shost=desk"), "%s", text);
    cr_assert_eq(line_ends(text), 1);
    cr_assert(has(text, " msg=fields net,employee.id_no\n"), "%s", text);
    cr_assert(has(text, " cs3=one,two cs3Label=policies cs4=C1 cs4Label=client"), "%s", text);
}

Test(siem, cef_escapes_bars_in_the_header_only)
{
    struct buffer leaf = {0};
    buffer_put_text(&leaf,
        "{\"actor\":{\"id\":\"li\"},\"decision\":{\"effect\":\"deny\",\"policies\":[]},\"event\":\"a|b\\\\c="
        "d\","
        "\"id\":\"i\",\"resources\":[],\"seq\":0,\"time\":\"2026-11-25T23:03:04.723Z\",\"v\":1}");
    cr_assert_eq(write(SIEM_CEF, SIEM_LINES, buffer_bytes(&leaf), NULL), VAULT_OK);
    const char *text = buffer_text(&out);
    cr_assert(has(text, "|a\\|b\\\\c=d|a\\|b\\\\c=d|6|rt=1795647784723 externalId=i"), "%s", text);
    cr_assert(has(text, " act=deny outcome=failure"), "%s", text);
    buffer_free(&leaf);
}

/* --- Syslog --- */

Test(siem, syslog_escapes_what_ends_a_value)
{
    const char *text = written(SIEM_SYSLOG, "a\\\"b]c\\\\d\\ne", RECORD, AROUND);
    cr_assert(has(text, " actor=\"a\\\"b\\]c\\\\d e\" "), "%s", text);
    cr_assert_eq(line_ends(text), 1);
    static const char head[] =
        "<110>1 2026-11-25T23:03:04.723Z desk strongroom - record.read [strongroom@32473 ";
    cr_assert_eq(strncmp(text, head, sizeof head - 1), 0, "%s", text);
    cr_assert(has(text, " fields=\"net,employee.id_no\"] a"), "%s", text);
}

Test(siem, syslog_names_have_no_blanks_and_text_of_other_scripts_has_a_mark)
{
    const char *text = written(SIEM_SYSLOG, "\xe9\x9d\x92", "[]", "\"src\":{\"host\":\"my desk\"},");
    cr_assert(has(text, ".723Z my?desk strongroom - record.read ["), "%s", text);
    cr_assert(has(text, "] \xef\xbb\xbf\xe9\x9d\x92 record.read permit\n"), "%s", text);
    text = written(SIEM_SYSLOG, "li", "[]", "");
    cr_assert(has(text, ".723Z - strongroom - record.read ["), "%s", text);
    cr_assert(!has(text, "\xef\xbb\xbf"), "%s", text);
}

Test(siem, octets_count_what_follows_them)
{
    struct buffer leaf = {0};
    unsigned size = 0;
    int digits = 0;
    leaf_of("\xe9\x9d\x92", "[]", "", &leaf);
    cr_assert_eq(write(SIEM_SYSLOG, SIEM_OCTETS, buffer_bytes(&leaf), NULL), VAULT_OK);
    cr_assert_eq(sscanf(buffer_text(&out), "%u %n", &size, &digits), 1);
    cr_assert_eq((size_t)digits + size, out.size);
    cr_assert_eq(out.data[digits], '<');
    cr_assert_neq(out.data[out.size - 1], '\n');
    buffer_free(&leaf);
}

/* --- Lists --- */

Test(siem, long_lists_are_cut_between_ids_and_counted)
{
    struct buffer resources = {0};
    char last[64];
    for (int i = 0; i < 100; i++)
        buffer_put_format(&resources, "%s{\"id\":\"01M8AF5DZQJK0S659P2G5V%04d\",\"type\":\"record\"}",
            i == 0 ? "[" : ",", i);
    buffer_put_text(&resources, "]");
    const char *text = written(SIEM_SYSLOG, "li", buffer_text(&resources), "");
    const char *list = strstr(text, " resources=\"");
    cr_assert_not_null(list);
    list += strlen(" resources=\"");
    size_t size = strcspn(list, "\"");
    cr_assert_leq(size, SIEM_LIST_MAX);
    cr_assert_eq((size + 1) % 27, 0, "only whole ids: %zu", size);
    cr_assert(has(text, " resourceCount=\"100\""));
    text = written(SIEM_OCSF, "li", buffer_text(&resources), "");
    (void)snprintf(last, sizeof last, "01M8AF5DZQJK0S659P2G5V%04d", 99);
    cr_assert(has(text, last));
    buffer_free(&resources);
}

Test(siem, an_outcome_names_its_intent)
{
    cr_assert(has(written(SIEM_SYSLOG, "li", "[]", "outcome"), " phase=\"outcome\" intent=\"7\""));
    cr_assert(has(written(SIEM_OCSF, "li", "[]", "outcome"), "\"phase\":\"outcome\",\"intent\":7"));
}
