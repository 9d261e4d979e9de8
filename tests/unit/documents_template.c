/* What a template of somebody else's may say, and that the program's own say what the law asks. */
#include <criterion/criterion.h>

#include "vault/documents/document.h"
#include "vault/law/facts.h"

static int check(const char *text, struct failure *failure)
{
    json_t *known = json_pack("{s:b,s:b,s:b}", "cause", true, "rows", true, "name", true);
    json_t *used = json_object();
    int result = template_check(bytes_of_text(text), known, used, failure);
    json_decref(used);
    json_decref(known);
    return result;
}

Test(documents_template, takes_plain_markup_and_known_fields)
{
    struct failure failure = {0};
    cr_assert_eq(check("<h1>a</h1>\n{{#rows}}\n<p "
                       "class=\"words\">{{name}}<br>{{.}}</p>\n{{/rows}}\n{{^cause}}x{{/cause}}",
                     &failure),
        VAULT_OK, "%s", failure.text);
}

/* Nothing that reads a file, asks anybody, runs or hides. */
Test(documents_template, refuses_what_could_fetch_or_run)
{
    static const char *const bad[] = {"<script>x</script>", "<img src=\"file:///etc/passwd\">",
        "<a href=\"x\">a</a>", "<p style=\"background:url(file:///etc/passwd)\">a</p>",
        "<p onclick=\"x\">a</p>", "<style>@import 'x';</style>", "<link rel=\"stylesheet\" href=\"x\">",
        "<object data=\"x\"></object>", "<iframe></iframe>", "<svg></svg>", "<!DOCTYPE x>", "<!-- a -->",
        "<?php x ?>", "<P>a</P>", "<p class=\"a b\">a</p>", "<p class=\"{{cause}}\">a</p>",
        "<p class=\"\">a</p>", "<p class='a'>a</p>", "<br/>", "</br>", "< p>a</p>", "<p", "<p>a", "a</p>",
        "<p><div></p></div>", "{{#cause}}<p>{{/cause}}</p>", "{{unknown}}", "{{unknown.cause}}", "{{cause",
        "{{}}", "{{#cause}}", "{{/cause}}", "{{{cause}}}", "{{> cause}}", "{{&cause}}", "{{cause|x}}",
        "{{ cause()}}", "{{../cause}}", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(check(bad[i], NULL), VAULT_EINPUT, "%s", bad[i]);
}

Test(documents_template, names_the_line)
{
    struct failure failure = {0};
    cr_assert_eq(check("<p>a</p>\n<img>", &failure), VAULT_EINPUT);
    cr_assert_not_null(strstr(failure.text, "line 2"), "%s", failure.text);
}

Test(documents_template, refuses_what_is_too_deep_or_long)
{
    struct buffer text = {0};
    for (int i = 0; i < 9; i++)
        buffer_put_text(&text, "{{#rows}}");
    for (int i = 0; i < 9; i++)
        buffer_put_text(&text, "{{/rows}}");
    cr_assert_eq(check(buffer_text(&text), NULL), VAULT_EINPUT);
    buffer_reset(&text);
    while (text.size <= TEMPLATE_TEXT_MAX)
        buffer_put_text(&text, "all work and no play ");
    cr_assert_eq(check(buffer_text(&text), NULL), VAULT_ELIMIT);
    buffer_free(&text);
}

/* Eight sections over a list of a hundred in each other would be ten thousand billion times nothing. */
Test(documents_template, stops_work_that_leads_to_nothing)
{
    json_t *rows = json_array();
    struct buffer text = {0};
    struct buffer page = {0};
    for (int i = 0; i < 100; i++)
        json_array_append_new(rows, json_object());
    json_t *values = json_pack("{s:o}", "rows", rows);
    for (int i = 0; i < 8; i++)
        buffer_put_text(&text, "{{#rows}}");
    for (int i = 0; i < 8; i++)
        buffer_put_text(&text, "{{/rows}}");
    cr_assert_eq(template_render(buffer_bytes(&text), values, &page, NULL), VAULT_ELIMIT);
    buffer_free(&text);
    buffer_free(&page);
    json_decref(values);
}

Test(documents_template, escapes_every_value)
{
    json_t *values = json_pack("{s:s}", "cause", "<script>&\"'</script>{{name}}");
    struct buffer page = {0};
    cr_assert_eq(template_render(bytes_of_text("<p>{{cause}}</p>"), values, &page, NULL), VAULT_OK);
    cr_assert_str_eq(buffer_text(&page), "<p>&lt;script&gt;&amp;&quot;&#39;&lt;/script&gt;{{name}}</p>");
    buffer_free(&page);
    json_decref(values);
}

/* Each document of the facts has a template in both languages that has a place for each field the law asks
 * for. */
Test(documents_template, the_programs_own_are_whole)
{
    struct law *law = NULL;
    struct failure failure = {0};
    cr_assert_eq(law_open(law_facts_text(), &law, &failure), VAULT_OK, "%s", failure.text);
    const json_t *documents = json_object_get(law_json(law), "documents");
    for (size_t i = 0; i < json_array_size(documents); i++) {
        const json_t *one = json_array_get(documents, i);
        for (int l = 0; l < 2; l++) {
            json_t *used = json_object();
            struct bytes text = document_template(json_text(one, "id"), l == 0 ? "zh" : "en");
            cr_assert(text.size > 0, "%s has no template", json_text(one, "id"));
            cr_assert_eq(document_check(text, json_object_get(one, "fields"), used, &failure), VAULT_OK,
                "%s: %s", json_text(one, "id"), failure.text);
            json_decref(used);
        }
    }
    cr_assert_eq(document_template("notice-individual", "fr").size, 0);
    cr_assert_eq(document_template("nothing", "zh").size, 0);
    law_free(law);
}

Test(documents_template, a_template_without_a_field_of_the_law_is_refused)
{
    json_t *fields = json_pack("[{s:s,s:s,s:s},{s:s,s:s,s:s}]", "id", "cause", "need", "must", "article",
        "PIPL 57", "id", "fraud", "need", "should", "article", "");
    json_t *used = json_object();
    struct failure failure = {0};
    cr_assert_eq(document_check(bytes_of_text("<p>{{cause}}</p>"), fields, used, NULL), VAULT_OK);
    json_object_clear(used);
    cr_assert_eq(document_check(bytes_of_text("<p>{{fraud}}</p>"), fields, used, &failure), VAULT_EINPUT);
    cr_assert_not_null(strstr(failure.text, "cause"), "%s", failure.text);
    cr_assert_not_null(strstr(failure.text, "PIPL 57"), "%s", failure.text);
    json_decref(used);
    json_decref(fields);
}

Test(documents_template, a_page_holds_its_body_and_no_way_out)
{
    json_t *values = json_pack("{s:s,s:s,s:s}", "title", "T", "document", "D-1", "cause", "because");
    struct buffer page = {0};
    cr_assert_eq(document_page(bytes_of_text("<p>{{cause}}</p>\n"), "zh", values, &page, NULL), VAULT_OK);
    const char *text = buffer_text(&page);
    cr_assert_not_null(strstr(text, "<p>because</p>"));
    cr_assert_not_null(strstr(text, "default-src 'none'"));
    cr_assert_null(strstr(text, "<!--body-->"));
    cr_assert_null(strstr(text, "url("));
    buffer_free(&page);
    json_decref(values);
}

static void expect_page(const char *body, const char *language, const json_t *values, const char *wanted)
{
    struct buffer page = {0};
    cr_assert_eq(document_page(bytes_of_text(body), language, values, &page, NULL), VAULT_OK);
    const char *text = strstr(buffer_text(&page), "<body>\n");
    cr_assert_not_null(text);
    cr_expect_eq(strncmp(text + 7, wanted, strlen(wanted)), 0, "%s\n\nwanted:\n%s", text, wanted);
    buffer_free(&page);
}

Test(documents_template, headings_are_numbered_in_the_order_in_which_they_are_there)
{
    static const char body[] = "<h2 class=\"no\">A</h2>\n{{#cause}}\n<h2 class=\"no\">B</h2>\n{{/cause}}\n"
                               "<h2>C</h2>\n<h2 class=\"no\">D</h2>\n";
    json_t *values = json_object();
    expect_page(body, "zh", values, "<h2>一、A</h2>\n<h2>C</h2>\n<h2>二、D</h2>\n</body>");
    (void)json_object_set_new(values, "cause", json_string("<h2 class=\"no\">"));
    expect_page(body, "en", values, "<h2>1. A</h2>\n<h2>2. B</h2>\n<h2>C</h2>\n<h2>3. D</h2>\n</body>");
    json_decref(values);
}

Test(documents_template, ordinals_go_on_after_ten)
{
    static const struct {
        unsigned number;
        const char *text;
    } wanted[] = {{9, "九、"}, {10, "十、"}, {11, "十一、"}, {19, "十九、"}, {20, "二十、"}, {21, "二十一、"},
        {99, "九十九、"}, {100, "100、"}};
    struct buffer body = {0};
    struct buffer page = {0};
    json_t *values = json_object();
    for (int i = 1; i <= 100; i++)
        buffer_put_text(&body, "<h2 class=\"no\">x</h2>\n");
    cr_assert_eq(document_page(buffer_bytes(&body), "zh", values, &page, NULL), VAULT_OK);
    const char *at = strstr(buffer_text(&page), "<body>");
    unsigned number = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        for (; number < wanted[i].number; number++)
            at = strstr(at + 1, "<h2>");
        cr_assert_not_null(at);
        cr_expect_eq(strncmp(at + 4, wanted[i].text, strlen(wanted[i].text)), 0, "%u", wanted[i].number);
    }
    buffer_free(&body);
    buffer_free(&page);
    json_decref(values);
}

Test(documents_template, lines_become_paragraphs_unless_there_is_markup)
{
    json_t *values = json_pack("{s:s,s:s}", "cause", "one\n\ntwo < 3\nthree\n", "harm", "\nfour");
    expect_page("<p class=\"words\">{{cause}}</p>\n", "zh", values,
        "<p class=\"words\">one</p>\n<p class=\"words\">two &lt; 3</p>\n<p "
        "class=\"words\">three</p>\n</body>");
    expect_page("<p class=\"words\">{{harm}}</p>\n", "zh", values, "<p class=\"words\">four</p>\n</body>");
    expect_page("<p class=\"words\"><strong>{{cause}}</strong></p>\n", "en", values,
        "<p class=\"words\"><strong>one\n\ntwo");
    expect_page("<p>{{cause}}</p>\n", "en", values, "<p>one\n\ntwo");
    json_decref(values);
}
