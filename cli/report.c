#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/documents/template.h"
#include "cli/words.h"
#include "vault/base/file.h"

#ifndef DATADIR
#define DATADIR "/usr/local/share"
#endif

#define PATH_SIZE 1200

/* BUILD/cli/strongroom has its data in BUILD/cli/report. */
static bool beside_program(char *directory, size_t size)
{
    char program[1024];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    int written = snprintf(directory, size, "%s/report", program);
    return written > 0 && (size_t)written < size && file_exists(directory);
}

const char *report_directory(char *beside, size_t size)
{
    const char *named = getenv("STRONGROOM_DATADIR");
    if (named != NULL && named[0] != '\0')
        return named;
    return beside_program(beside, size) ? beside : DATADIR "/strongroom/report";
}

static int load(
    const char *directory, const char *name, const char *ending, struct buffer *text, struct failure *failure)
{
    char path[PATH_SIZE];
    int written = snprintf(path, sizeof path, "%s/%s%s", directory, name, ending);
    if (written < 0 || (size_t)written >= sizeof path)
        return failure_set(failure, VAULT_ENOTFOUND, "%s", directory);
    return file_read(path, REPORT_FILE_MAX, text, failure);
}

static int load_json(const char *directory, const char *name, json_t **value, struct failure *failure)
{
    struct buffer text = {0};
    int result = load(directory, name, ".json", &text, failure);
    if (result == VAULT_OK && (result = json_read(buffer_bytes(&text), value, failure)) != VAULT_OK)
        failure_prefix(failure, "%s/%s.json", directory, name);
    buffer_free(&text);
    return result;
}

int report_words_load(const char *language, struct report_words *words, struct failure *failure)
{
    char beside[PATH_SIZE];
    char name[32];
    const char *directory = report_directory(beside, sizeof beside);
    memset(words, 0, sizeof *words);
    if (strcmp(language, "en") != 0 && strcmp(language, "zh") != 0)
        return failure_set(failure, VAULT_EUSAGE, _("reports are written in en or zh, not in '%.20s'"), language);
    (void)snprintf(name, sizeof name, "report.%.8s", language);
    int result = load(directory, name, ".html", &words->page, failure);
    if (result == VAULT_OK)
        result = load_json(directory, name, &words->words, failure);
    if (result == VAULT_OK)
        result = load_json(directory, "rates", &words->rates, failure);
    if (result != VAULT_OK)
        failure_remedy(
            failure, "%s", _("install the program's data, or name its directory in STRONGROOM_DATADIR"));
    return result;
}

void report_words_free(struct report_words *words)
{
    buffer_free(&words->page);
    json_decref(words->words);
    json_decref(words->rates);
    memset(words, 0, sizeof *words);
}

int report_page(
    const json_t *value, const struct report_words *words, struct buffer *page, struct failure *failure)
{
    json_t *view = report_view(value, words);
    int result =
        view == NULL ? VAULT_ENOMEM : template_render(buffer_bytes(&words->page), view, page, failure);
    json_decref(view);
    return result;
}
