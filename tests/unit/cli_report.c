/* Templates, and the page of a report: the same bytes for the same value, whatever words stand in it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"
#include "vault/documents/template.h"
#include "vault/base/file.h"
#include "vault/linkage/field.h"

static struct failure failure;

static json_t *read(const char *text)
{
    json_t *value = NULL;
    cr_assert_eq(json_read(bytes_of_text(text), &value, NULL), VAULT_OK, "%s", text);
    return value;
}

static void renders(const char *page, const char *values, const char *expected)
{
    struct buffer out = {0};
    json_t *value = read(values);
    failure_clear(&failure);
    cr_assert_eq(template_render(bytes_of_text(page), value, &out, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_str_eq(buffer_text(&out), expected);
    json_decref(value);
    buffer_free(&out);
}

Test(cli_report, templates_put_in_values_escaped)
{
    renders("<p title=\"{{a}}\">{{ b }}</p>{{none}}", "{\"a\":\"\\\"><script>\",\"b\":\"A & 'B'\"}",
        "<p title=\"&quot;&gt;&lt;script&gt;\">A &amp; &#39;B&#39;</p>");
    renders("{{a}}", "{\"a\":\"x\\u202ey\\u0007z\\u0085\"}", "x\xef\xbf\xbdy\xef\xbf\xbdz\xef\xbf\xbd");
    renders("{{n}}{{t}}", "{\"n\":-12,\"t\":true}", "-12");
    /* What a value says is no template. */
    renders("{{a}}", "{\"a\":\"{{b}}\",\"b\":\"no\"}", "{{b}}");
}

Test(cli_report, templates_have_sections)
{
    renders("{{#l}}{{.}},{{/l}}{{^l}}none{{/l}}", "{\"l\":[\"a\",\"b\"]}", "a,b,");
    renders("{{#l}}{{.}},{{/l}}{{^l}}none{{/l}}", "{\"l\":[]}", "none");
    renders("{{#o}}{{x}}{{y}}{{/o}}{{o.x}}", "{\"o\":{\"x\":\"1\"},\"y\":\"2\"}", "121");
    renders("{{#s}}[{{.}}]{{/s}}{{#e}}no{{/e}}{{#z}}no{{/z}}{{^z}}z{{/z}}",
        "{\"s\":\"t\",\"e\":\"\",\"z\":0}", "[t]z");
    renders("a\n  {{#t}}\nb\n  {{/t}}\nc{{! gone }}\n", "{\"t\":true}", "a\nb\nc\n");
    renders("{{#l}}{{#l2}}{{a}}{{/l2}}{{/l}}", "{\"l\":[{\"l2\":[{},{}],\"a\":\"x\"},{}]}", "xx");
}

Test(cli_report, templates_that_do_not_fit_are_refused)
{
    static const char *const bad[] = {
        "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{a", "{{}}", "{{#a}}{{^b}}{{/a}}{{/b}}", "{{{a}}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buffer out = {0};
        json_t *value = read("{\"a\":true}");
        cr_assert_eq(template_render(bytes_of_text(bad[i]), value, &out, NULL), VAULT_EINPUT, "%s", bad[i]);
        json_decref(value);
        buffer_free(&out);
    }
}

static char *sample(const char *name)
{
    const char *root = getenv("STRONGROOM_SOURCE");
    static char path[1200];
    (void)snprintf(path, sizeof path, "%s/tests/samples/report/%s", root == NULL ? "." : root, name);
    return path;
}

static json_t *sample_json(const char *name)
{
    struct buffer text = {0};
    json_t *value = NULL;
    cr_assert_eq(file_read(sample(name), REPORT_FILE_MAX, &text, &failure), VAULT_OK, "%s", failure.text);
    cr_assert_eq(json_read(buffer_bytes(&text), &value, &failure), VAULT_OK, "%s", failure.text);
    buffer_free(&text);
    return value;
}

/* With rates of its own, so that the pages stay when the method is measured anew. */
static void page_of(const char *language, const json_t *value, struct buffer *page)
{
    struct report_words words;
    cr_assert_eq(report_words_load(language, &words, &failure), VAULT_OK, "%s", failure.text);
    json_decref(words.rates);
    words.rates = sample_json("rates.json");
    cr_assert_eq(report_page(value, &words, page, &failure), VAULT_OK, "%s", failure.text);
    report_words_free(&words);
}

/* STRONGROOM_GOLDEN=1 writes the pages anew, to be looked at. */
static void is_golden(const char *language)
{
    struct buffer page = {0};
    struct buffer golden = {0};
    char name[32];
    json_t *value = sample_json("value.json");
    (void)snprintf(name, sizeof name, "report.%s.html", language);
    page_of(language, value, &page);
    if (getenv("STRONGROOM_GOLDEN") != NULL)
        cr_assert_eq(file_replace(sample(name), buffer_bytes(&page), 0644, &failure), VAULT_OK);
    cr_assert_eq(file_read(sample(name), REPORT_FILE_MAX, &golden, &failure), VAULT_OK, "%s", failure.text);
    cr_assert(bytes_equal(buffer_bytes(&page), buffer_bytes(&golden)), "%s is not what the page is now",
        sample(name));
    json_decref(value);
    buffer_free(&page);
    buffer_free(&golden);
}

Test(cli_report, pages_are_those_that_were_looked_at)
{
    is_golden("en");
    is_golden("zh");
}

/* Every text of the value becomes an attack. */
static void poison(json_t *value)
{
    const char *name;
    json_t *inner;
    if (json_is_string(value))
        cr_assert_eq(json_string_set(value, "\"'><script>alert(1)</script><!--{{#a}}\xe2\x80\xae"), 0);
    for (size_t i = 0; i < json_array_size(value); i++)
        poison(json_array_get(value, i));
    json_object_foreach(value, name, inner) poison(inner);
}

static size_t count(const char *text, const char *what)
{
    size_t found = 0;
    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what))
        found++;
    return found;
}

Test(cli_report, hostile_words_change_no_tag)
{
    struct buffer plain = {0};
    struct buffer page = {0};
    json_t *value = sample_json("value.json");
    page_of("en", value, &plain);
    poison(value);
    page_of("en", value, &page);
    const char *text = buffer_text(&page);
    cr_assert_eq(count(text, "<script"), 0);
    cr_assert_eq(count(text, "<!--"), 0);
    cr_assert_eq(count(text, "\xe2\x80\xae"), 0);
    cr_assert_eq(count(text, "<style"), 1);
    cr_assert_gt(count(text, "&lt;script&gt;"), 20);
    json_decref(value);
    buffer_free(&plain);
    buffer_free(&page);
}

Test(cli_report, other_languages_are_refused)
{
    struct report_words words;
    cr_assert_eq(report_words_load("../../etc", &words, NULL), VAULT_EUSAGE);
    report_words_free(&words);
}

Test(cli_report, every_field_has_a_word_in_both_languages)
{
    static const char *const languages[] = {"en", "zh"};
    for (size_t l = 0; l < 2; l++) {
        struct report_words words = {0};
        cr_assert_eq(report_words_load(languages[l], &words, &failure), VAULT_OK, "%s", failure.text);
        for (size_t i = 0; i < TRACE_FIELDS; i++)
            cr_expect_not_null(json_text(json_object_get(words.words, "field"), trace_field_facts[i].name),
                "%s: %s", languages[l], trace_field_facts[i].name);
        report_words_free(&words);
    }
}
