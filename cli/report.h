/**
 * @file report.h
 * The report of a leak as a page: what the operation trace.report told, in the words of one language.
 *
 * Templates, words and measured rates are data: files beside the program, or where it was installed
 * (STRONGROOM_DATADIR names another directory).  The same value, files and language give the same bytes.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "vault/base/json.h"

#define REPORT_FILE_MAX ((size_t)1 << 20)

/** What is read from the files of one language. */
struct report_words {
    struct buffer page; /* the template */
    json_t *words;      /* report.LANG.json */
    json_t *rates;      /* rates.json: the error rates of METHOD.md */
};

/** @p language is "en" or "zh".  VAULT_ENOTFOUND, VAULT_EINPUT name the file. report_words_free() in any
 * case. */
int report_words_load(
    const char *language, struct report_words *words, struct failure *failure) VAULT_MUST_CHECK;
void report_words_free(struct report_words *words);

/** Append the page of @p value (vault/ops: trace.report). */
int report_page(const json_t *value, const struct report_words *words, struct buffer *page,
    struct failure *failure) VAULT_MUST_CHECK;

/** What the page is filled with; for tests.  New reference, NULL without memory. */
json_t *report_view(const json_t *value, const struct report_words *words);

/** Where the program's data are: STRONGROOM_DATADIR, beside the program, or where they are installed.  @p beside is room for
 *  the second. */
const char *report_directory(char *beside, size_t size);

#endif
