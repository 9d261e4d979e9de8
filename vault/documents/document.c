#include "vault/documents/document.h"

#include <string.h>

/* .incbin takes the files as they are, so that what people read and what is filled cannot differ. */
#define FILE_TEXT(symbol, name) \
    __asm__(".section .rodata\n" \
            ".global strongroom_template_" #symbol "\nstrongroom_template_" #symbol ":\n" \
            ".incbin \"" TEMPLATE_DIRECTORY "/" name "\"\n" \
            ".global strongroom_template_" #symbol "_end\nstrongroom_template_" #symbol "_end:\n" \
            ".byte 0\n" \
            ".previous\n"); \
    extern const char strongroom_template_##symbol[] __attribute__((visibility("hidden"))); \
    extern const char strongroom_template_##symbol##_end[] __attribute__((visibility("hidden")));

/* clang-format off */
#define TEMPLATES(each) \
    each(notice_individual_zh, "notice-individual", "zh") \
    each(notice_individual_en, "notice-individual", "en") \
    each(notice_affected_zh, "notice-affected", "zh") \
    each(notice_affected_en, "notice-affected", "en") \
    each(notice_client_zh, "notice-client", "zh") \
    each(notice_client_en, "notice-client", "en") \
    each(report_zh, "report", "zh") \
    each(report_en, "report", "en") \
    each(follow_up_zh, "follow-up", "zh") \
    each(follow_up_en, "follow-up", "en") \
    each(summary_zh, "summary", "zh") \
    each(summary_en, "summary", "en") \
    each(police_report_zh, "police-report", "zh") \
    each(police_report_en, "police-report", "en") \
    each(bulletin_zh, "bulletin", "zh") \
    each(bulletin_en, "bulletin", "en") \
    each(responsibility_zh, "responsibility", "zh") \
    each(responsibility_en, "responsibility", "en") \
    each(evidence_zh, "evidence", "zh") \
    each(evidence_en, "evidence", "en") \
    each(statement_zh, "statement", "zh") \
    each(statement_en, "statement", "en") \
    each(press_zh, "press", "zh") \
    each(press_en, "press", "en") \
    each(open_record_zh, "open-record", "zh") \
    each(open_record_en, "open-record", "en") \
    each(survey_zh, "survey", "zh") \
    each(survey_en, "survey", "en") \
    each(entrustment_zh, "entrustment", "zh") \
    each(entrustment_en, "entrustment", "en") \
    each(impact_zh, "impact", "zh") \
    each(impact_en, "impact", "en") \
    each(eu_notification_zh, "eu-notification", "zh") \
    each(eu_notification_en, "eu-notification", "en") \
    each(ftc_notification_zh, "ftc-notification", "zh") \
    each(ftc_notification_en, "ftc-notification", "en")
/* clang-format on */

#define TEMPLATE_FILE(symbol, kind, language) FILE_TEXT(symbol, kind "." language ".html")
TEMPLATES(TEMPLATE_FILE)
FILE_TEXT(page_zh, "page.zh.html")
FILE_TEXT(page_en, "page.en.html")

static const struct {
    const char *kind, *language, *begin, *end;
} templates[] = {
#define TEMPLATE_ROW(symbol, kind, language) \
    {kind, language, strongroom_template_##symbol, strongroom_template_##symbol##_end},
    TEMPLATES(TEMPLATE_ROW)};

bool document_language(const char *language)
{
    return language != NULL && (strcmp(language, "zh") == 0 || strcmp(language, "en") == 0);
}

struct bytes document_template(const char *kind, const char *language)
{
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        if (strcmp(templates[i].kind, kind) == 0 && strcmp(templates[i].language, language) == 0)
            return bytes_of(templates[i].begin, (size_t)(templates[i].end - templates[i].begin));
    }
    return bytes_of(NULL, 0);
}

static struct bytes around(const char *language)
{
    if (strcmp(language, "zh") == 0)
        return bytes_of(strongroom_template_page_zh,
            (size_t)(strongroom_template_page_zh_end - strongroom_template_page_zh));
    return bytes_of(
        strongroom_template_page_en, (size_t)(strongroom_template_page_en_end - strongroom_template_page_en));
}

/* --- What a template may and must say --- */

static json_t *known_names(const json_t *fields)
{
    static const char *const all[] = {"sender", "signer", "addressee", "recipient", "title", "document",
        "date", "case", "records", "files", "classes", "persons", "rows", "what", "n", "period", "clients",
        "no", "name", "size", "time", "sha256", "user", "kind", "part", "rule", "fault", "events"};
    json_t *known = json_object();
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        (void)json_object_set_new(known, all[i], json_true());
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const char *id = json_text(json_array_get(fields, i), "id");
        if (id != NULL)
            (void)json_object_set_new(known, id, json_true());
    }
    return known;
}

static int check_needed(const json_t *fields, const json_t *used, struct failure *failure)
{
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *need = json_text(field, "need");
        const char *id = json_text(field, "id");
        const char *article = json_text(field, "article");
        if (need == NULL || id == NULL || strcmp(need, "must") != 0 || json_object_get(used, id) != NULL)
            continue;
        failure_remedy(failure, "put {{%s}} where it is to stand", id);
        return failure_set(failure, VAULT_EINPUT, "the template has no place for '%s'%s%s%s", id,
            article != NULL && article[0] != '\0' ? " (" : "", article == NULL ? "" : article,
            article != NULL && article[0] != '\0' ? ")" : "");
    }
    return VAULT_OK;
}

int document_check(struct bytes text, const json_t *fields, json_t *used, struct failure *failure)
{
    json_t *known = known_names(fields);
    int result = known == NULL ? VAULT_ENOMEM : template_check(text, known, used, failure);
    json_decref(known);
    return result == VAULT_OK ? check_needed(fields, used, failure) : result;
}

/* --- Pages --- */

static bool begins(struct bytes text, const char *with)
{
    return text.size >= strlen(with) && memcmp(text.data, with, strlen(with)) == 0;
}

static void put_ordinal(unsigned number, bool zh, struct buffer *page)
{
    static const char *const digits[] = {"", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
    if (!zh || number > 99) {
        buffer_put_format(page, zh ? "%u、" : "%u. ", number);
        return;
    }
    buffer_put_format(page, "%s%s%s、", number < 20 ? "" : digits[number / 10], number < 10 ? "" : "十",
        digits[number % 10]);
}

/* Up to the end of a paragraph: each line one of its own, as letters have it, unless there is markup in it.
 */
static size_t put_lines(struct bytes text, struct buffer *page)
{
    static const char line[] = "<p class=\"words\">";
    const char *end = memmem(text.data, text.size, "</p>", 4);
    size_t size = end == NULL ? text.size : (size_t)(end - (const char *)text.data);
    bool plain = end != NULL && memchr(text.data + sizeof line - 1, '<', size - (sizeof line - 1)) == NULL;
    bool before = false;
    bool ended = false;
    buffer_put_text(page, line);
    for (size_t i = sizeof line - 1; i < size; i++) {
        if (plain && text.data[i] == '\n') {
            ended = before;
            continue;
        }
        if (ended)
            buffer_put_format(page, "</p>\n%s", line);
        buffer_put_data(page, text.data + i, 1);
        before = true;
        ended = false;
    }
    return size;
}

/* What no template can reckon: the numbers of headings, of which some are not always there. */
static int dress(struct bytes text, bool zh, struct buffer *page)
{
    static const char heading[] = "<h2 class=\"no\">";
    unsigned number = 0;
    while (text.size > 0) {
        size_t size = 1;
        if (begins(text, heading)) {
            size = sizeof heading - 1;
            buffer_put_text(page, "<h2>");
            put_ordinal(++number, zh, page);
        } else if (begins(text, "<p class=\"words\">")) {
            size = put_lines(text, page);
        } else {
            const char *next = memchr(text.data + 1, '<', text.size - 1);
            size = next == NULL ? text.size : (size_t)(next - (const char *)text.data);
            buffer_put_data(page, text.data, size);
        }
        text = bytes_of(text.data + size, text.size - size);
    }
    return buffer_error(page);
}

int document_page(struct bytes body, const char *language, const json_t *values, struct buffer *page,
    struct failure *failure)
{
    static const char mark[] = "<!--body-->\n";
    struct bytes frame = around(language);
    struct buffer filled = {0};
    size_t before = page->size;
    const char *at = memmem(frame.data, frame.size, mark, sizeof mark - 1);
    if (at == NULL)
        return failure_set(failure, VAULT_EINTERNAL, "the page has no place for its text");
    size_t size = (size_t)(at - (const char *)frame.data);
    size_t rest = size + sizeof mark - 1;
    int result = template_render(bytes_of(frame.data, size), values, page, failure);
    if (result == VAULT_OK)
        result = template_render(body, values, &filled, failure);
    if (result == VAULT_OK)
        result = dress(buffer_bytes(&filled), strcmp(language, "zh") == 0, page);
    if (result == VAULT_OK)
        result = template_render(bytes_of(frame.data + rest, frame.size - rest), values, page, failure);
    if (result == VAULT_OK && page->size - before > DOCUMENT_PAGE_MAX)
        result =
            failure_set(failure, VAULT_ELIMIT, "the document has more than %zu bytes", DOCUMENT_PAGE_MAX);
    buffer_free(&filled);
    return result;
}
