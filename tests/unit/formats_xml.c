/* The XML layer: what it lets through, and that it refuses in one line and little memory what it must not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/lib/caught.h"
#include "vault/formats/limits.h"

#define HEAD "<?xml version=\"1.0\"?>\n<AuditFile><MasterFiles>\n<Customer><CustomerID>"
#define TAIL "</CustomerID></Customer></MasterFiles></AuditFile>\n"

static void refused_with(const char *text, size_t size, int error, const char *part)
{
    struct caught caught = caught_bytes(bytes_of(text, size), "a.xml", "saft");
    cr_assert_eq(caught.error, error, "%d, %s", caught.error, caught.failure.text);
    cr_assert_not_null(strstr(caught.failure.text, part), "'%s' is not in '%s'", part, caught.failure.text);
    cr_assert_null(strchr(caught.failure.text, '\n'));
    caught_free(&caught);
}

static void refused_text(const char *text, int error, const char *part)
{
    refused_with(text, strlen(text), error, part);
}

/* HEAD, `part` so many times, TAIL. */
static char *repeated(const char *part, size_t times)
{
    size_t part_size = strlen(part);
    char *text = malloc(sizeof HEAD + sizeof TAIL + part_size * times);
    char *at = stpcpy(text, HEAD);
    for (size_t i = 0; i < times; i++) {
        at = mempcpy(at, part, part_size);
    }
    strcpy(at, TAIL);
    return text;
}

Test(formats_xml, refuses_any_doctype)
{
    refused_text(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE AuditFile>\n<AuditFile/>", VAULT_EINPUT, "line 2: a DOCTYPE");
    refused_text("<!-- c -->\n\n<!doctype a><AuditFile/>", VAULT_EINPUT, "line 3: a DOCTYPE");
    const char *const samples[] = {"saft/hostile-doctype.xml", "saft/hostile-bomb.xml"};
    for (size_t i = 0; i < 2; i++) {
        struct caught caught = caught_sample(samples[i], NULL); /* recognised, so that the reason is told */
        cr_assert_eq(caught.error, VAULT_EINPUT);
        cr_assert_not_null(strstr(caught.failure.text, "DOCTYPE"));
        cr_assert_eq(json_array_size(caught.records), 0);
        caught_free(&caught);
    }
}

Test(formats_xml, does_not_know_entities_but_the_five_of_xml)
{
    refused_text(HEAD "&company;" TAIL, VAULT_EINPUT, "line 3: not well-formed XML");
    struct caught caught = caught_text(HEAD "&lt;&amp;&#x263A;&gt;" TAIL, "saft");
    cr_assert_str_eq(caught_field(&caught, "party", 0, "party_no"), "<&☺>");
    caught_free(&caught);
}

Test(formats_xml, refuses_deep_nesting_with_its_line)
{
    char *text = repeated("<a>\n", 100000);
    refused_text(text, VAULT_ELIMIT, "line 63: elements nested too deeply");
    free(text);
    text = repeated("<a b='>'>", 100000); /* a greater-than within a value ends no tag */
    refused_text(text, VAULT_ELIMIT, "nested too deeply");
    free(text);
}

Test(formats_xml, refuses_too_many_attributes_and_too_long_tags)
{
    char *attributes = malloc(4000000), *at = stpcpy(attributes, "<AuditFile x=\">\"");
    for (int i = 0; i < 200000; i++) {
        at += sprintf(at, " a%d='1'", i);
    }
    strcpy(at, "/>");
    refused_text(attributes, VAULT_ELIMIT, "too many attributes");
    memset(attributes + 16, 'x', 3000000);
    memcpy(attributes, "<AuditFile x='12", 16);
    strcpy(attributes + 3000000, "'/>");
    refused_text(attributes, VAULT_ELIMIT, "too long");
    free(attributes);
}

Test(formats_xml, refuses_texts_and_records_beyond_the_limits)
{
    char *text = repeated("0123456789abcdef", LIMIT_CELL_BYTES / 16 + 1);
    refused_text(text, VAULT_ELIMIT, "line 3: element CustomerID");
    free(text);
    text = repeated("0123456789abcdef", 4000000);
    refused_text(text, VAULT_ELIMIT, "a text that is too long");
    free(text);
    text = repeated("<a/>", 400000);
    refused_text(text, VAULT_ELIMIT, "more text or more elements");
    free(text);
    text = repeated("a<!-- -->", 100000); /* one text in a hundred thousand pieces */
    struct caught caught = caught_text(text, "saft");
    cr_assert_eq(caught.error, VAULT_OK);
    cr_assert_eq(strlen(caught_field(&caught, "party", 0, "party_no")), 100000);
    caught_free(&caught);
    free(text);
}

Test(formats_xml, says_where_a_file_is_cut)
{
    refused_text(HEAD "1", VAULT_EINPUT, "line 3: the file ends before its elements do");
    refused_text("<AuditFile", VAULT_EINPUT, "the file ends before its elements do");
    refused_text("", VAULT_EINPUT, "no XML");
    refused_text(" \n\n", VAULT_EINPUT, "no XML");
    refused_text("<AuditFile/><AuditFile/>", VAULT_EINPUT, "not well-formed");
    refused_text(HEAD "1</CustomerId>", VAULT_EINPUT, "line 3: not well-formed");
    struct caught caught = caught_sample("saft/hostile-truncated.xml", NULL);
    cr_assert_eq(caught.error, VAULT_EINPUT);
    cr_assert_not_null(strstr(caught.failure.text, "line 52"));
    caught_free(&caught);
}

Test(formats_xml, refuses_nul_and_bytes_of_another_encoding)
{
    static const char nul[] = HEAD "a\0b" TAIL;
    refused_with(nul, sizeof nul - 1, VAULT_EINPUT, "line 3: a NUL byte");
    refused_text(HEAD "caf\xe9" TAIL, VAULT_EINPUT, "line 3: byte 0xE9 is not UTF-8");
    refused_text("<?xml version='1.0' encoding='X-NONE'?><AuditFile/>", VAULT_EINPUT, "X-NONE");
    refused_text(
        "<?xml version='1.0' encoding='GB18030'?>\n<AuditFile>\x81</AuditFile>", VAULT_EINPUT, "line 2");
}

Test(formats_xml, reads_the_declared_encoding)
{
    static const struct {
        const char *text, *encoding, *read;
        size_t size;
    } cases[] = {
        {"<?xml version='1.0' encoding='Windows-1252'?>" HEAD "\x80 caf\xe9" TAIL, "WINDOWS-1252", "€ café",
            0},
        {"<?xml version='1.0' encoding='iso-8859-1'?>" HEAD "caf\xe9" TAIL, "ISO-8859-1", "café", 0},
        {"<?xml version='1.0' encoding='gb2312'?>" HEAD "\xe9\x46" TAIL, "GB18030", "镕",
            0}, /* not in GB 2312 */
        {"\xEF\xBB\xBF" HEAD "客户" TAIL, "UTF-8", "客户", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[600], *declaration;
        strcpy(text, cases[i].text);
        /* one declaration only */
        declaration = strstr(text + 5, "<?xml version=\"1.0\"?>");
        if (declaration != NULL) {
            memset(declaration, ' ', strlen("<?xml version=\"1.0\"?>"));
        }
        struct caught caught = caught_text(text, "saft");
        cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
        cr_assert_str_eq(caught.summary.encoding, cases[i].encoding);
        cr_assert_str_eq(caught_field(&caught, "party", 0, "party_no"), cases[i].read);
        caught_free(&caught);
    }
}

Test(formats_xml, reads_utf_16_by_its_mark)
{
    const char *text = HEAD "AB" TAIL;
    char wide[2 * sizeof HEAD + 2 * sizeof TAIL + 8] = "\xFF\xFE";
    size_t size = 2;
    for (const char *at = text; *at != 0; at++, size += 2) {
        wide[size] = *at;
    }
    struct caught caught = caught_bytes(bytes_of(wide, size), "a.xml", NULL);
    cr_assert_eq(caught.error, VAULT_OK, "%s", caught.failure.text);
    cr_assert_str_eq(caught_field(&caught, "party", 0, "party_no"), "AB");
    caught_free(&caught);
}

Test(formats_xml, names_the_wrong_root)
{
    const char *const formats[] = {"saft", "ubl", "cii", "camt", "einvoice-xml"};
    for (size_t i = 0; i < 5; i++) {
        struct caught caught = caught_text("<?xml version='1.0'?>\n<Other/>", formats[i]);
        cr_assert_eq(caught.error, VAULT_EINPUT);
        cr_assert_not_null(strstr(caught.failure.text, "line 2: "), "%s", caught.failure.text);
        cr_assert_not_null(strstr(caught.failure.text, "Other"));
        caught_free(&caught);
    }
}

Test(formats_xml, memory_stays_flat)
{
    /* 200,000 parties are 24 MB of XML; the sink here keeps nothing. */
    char path[] = "/tmp/strongroom-flat-XXXXXX";
    int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    fputs("<AuditFile><MasterFiles>", file);
    for (int i = 0; i < 200000; i++) {
        fprintf(file,
            "<Supplier><SupplierID>%d</SupplierID><CompanyName>Fornecedor n.o %d</CompanyName>"
            "<SelfBillingIndicator>0</SelfBillingIndicator></Supplier>\n",
            i, i);
    }
    fputs("</MasterFiles></AuditFile>", file);
    fclose(file);
    struct import_sink nothing = {.context = NULL};
    struct import_options options = {.format = "saft"};
    struct import_summary summary;
    struct rusage usage;
    cr_assert_eq(import_read(path, &options, &nothing, &summary, NULL), VAULT_OK);
    remove(path);
    cr_assert_eq(summary.read, 200000);
    getrusage(RUSAGE_SELF, &usage);
#if !defined(__SANITIZE_ADDRESS__)
    cr_assert_lt(usage.ru_maxrss, 200 * 1024);
#endif
}
