/* trace report: a finding and the events behind it, as a page that can be handed to an expert, with a bundle
 * beside it */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/command_report.h"
#include "cli/render.h"
#include "cli/report.h"
#include "cli/tree.h"
#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/evidence/note.h"
#include "vault/ops/ops.h"

#define DEPTH_MAX 4

/* Where the report grows before it gets its name. */
struct place {
    char out[1024];
    char part[1100];
};

/* --- The directory, whole or not at all --- */

static int make_place(struct cli *cli, struct place *place)
{
    const char *out = cli_text(cli, "out");
    size_t size = strlen(out);
    while (size > 1 && out[size - 1] == '/')
        size--;
    if (size == 0 || size >= sizeof place->out)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("--out is no name for a directory"));
    (void)snprintf(place->out, sizeof place->out, "%.*s", (int)size, out);
    (void)snprintf(place->part, sizeof place->part, "%s.part-%ld", place->out, (long)getpid());
    if (file_exists(place->out)) {
        failure_remedy(&cli->failure, "%s", _("name a new directory"));
        return failure_set(&cli->failure, VAULT_EEXISTS, _("%s is there already"), place->out);
    }
    if (mkdir(place->part, 0700) == 0)
        return VAULT_OK;
    return failure_set(&cli->failure, VAULT_EIO, "%s: %s", place->part, strerror(errno));
}

static int inner_path(const struct place *place, const char *name, char path[1200])
{
    int size = snprintf(path, 1200, "%s/%s", place->part, name);
    return size > 0 && size < 1200 ? VAULT_OK : VAULT_ELIMIT;
}

static int write_file(struct cli *cli, const struct place *place, const char *name, struct bytes content)
{
    char path[1200];
    int result = inner_path(place, name, path);
    return result == VAULT_OK ? file_replace(path, content, 0600, &cli->failure) : result;
}

static int settle(struct cli *cli, const struct place *place)
{
    if (rename(place->part, place->out) == 0)
        return file_sync_directory(place->out, &cli->failure);
    return failure_set(&cli->failure, VAULT_EIO, "%s: %s", place->out, strerror(errno));
}

/* --- The operation --- */

static int keep_value(void *context, json_t *value)
{
    json_t **kept = context;
    *kept = json_incref(value);
    return VAULT_OK;
}

/* A checkpoint is a signed note of several lines, so it comes as a file. */
static int read_since(struct cli *cli)
{
    const char *path = cli_text(cli, "since");
    struct buffer note = {0};
    if (path == NULL)
        return VAULT_OK;
    int result = file_read(path, NOTE_SIZE_MAX, &note, &cli->failure);
    json_t *text =
        result == VAULT_OK ? json_stringn(note.size == 0 ? "" : (const char *)note.data, note.size) : NULL;
    if (result == VAULT_OK && (text == NULL || json_object_set_new(cli->arguments.given, "since", text) != 0))
        result = failure_set(&cli->failure, VAULT_EINPUT, _("%s: not UTF-8 text"), path);
    buffer_free(&note);
    return result;
}

static int ask(struct cli *cli, const struct place *place, json_t **value)
{
    char bundle[1200];
    struct reply reply = {.context = value, .value = keep_value};
    struct operation_call call = {.name = "trace.report", .arguments = cli->arguments.given};
    int result = inner_path(place, "bundle", bundle);
    *value = NULL;
    if (result == VAULT_OK && json_object_set_new(cli->arguments.given, "bundle", json_string(bundle)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = cli_open(cli);
    return result == VAULT_OK ? cli_call(cli, &call, &reply) : result;
}

/* --- Files --- */

/* The signed version itself, for whoever wants to hash it.  Under pseudonyms it is another text, and left
 * out. */
static int write_finding(struct cli *cli, const struct place *place, const json_t *value)
{
    struct buffer text = {0};
    if (!json_is_true(json_object_get(value, "names")))
        return VAULT_OK;
    int result = json_write_canonical(json_object_get(value, "finding"), &text);
    if (result == VAULT_OK)
        result = write_file(cli, place, "finding.json", buffer_bytes(&text));
    buffer_free(&text);
    return result;
}

static int write_page(
    struct cli *cli, const struct place *place, const json_t *value, const struct report_words *words)
{
    struct buffer page = {0};
    int result = report_page(value, words, &page, &cli->failure);
    if (result == VAULT_OK)
        result = write_file(cli, place, "report.html", buffer_bytes(&page));
    buffer_free(&page);
    return result;
}

/* Without a PDF the page is as good; @p why says what was in the way. */
static bool write_pdf(const struct place *place, struct failure *why)
{
    char html[1200];
    char pdf[1200];
    return inner_path(place, "report.html", html) == VAULT_OK &&
           inner_path(place, "report.pdf", pdf) == VAULT_OK && render_pdf(html, pdf, why) == VAULT_OK;
}

/* What was made is told to the log before it gets its name, so that each file can be proved later. */
static int hash_into(struct cli *cli, const struct place *place, const char *name, json_t *files)
{
    char path[1200];
    char text[2 * HASH_SIZE + 1];
    struct hash hash;
    int result = inner_path(place, name, path);
    if (result != VAULT_OK || !file_exists(path))
        return result;
    if (hash_file(path, &hash) != VAULT_OK)
        return failure_set(&cli->failure, VAULT_EIO, _("%s: cannot be read"), path);
    hex_encode(hash_bytes(&hash), text);
    return json_object_set_new(files, name, json_string(text)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int log_written(struct cli *cli, const struct place *place, json_t *value)
{
    static const char *const names[] = {"report.html", "report.pdf", "finding.json"};
    json_t *files = json_object();
    json_t *written = NULL;
    json_t *arguments = json_pack("{s:O,s:O*}", "report", json_object_get(value, "event"), "hashes", files);
    struct reply reply = {.context = &written, .value = keep_value};
    struct operation_call call = {.name = "trace.report_written", .arguments = arguments};
    int result = files == NULL || arguments == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && result == VAULT_OK; i++)
        result = hash_into(cli, place, names[i], files);
    if (result == VAULT_OK)
        result = cli_call(cli, &call, &reply);
    if (result == VAULT_OK && (json_object_set(value, "files", files) != 0 ||
                                  json_object_set(value, "written", json_object_get(written, "event")) != 0))
        result = VAULT_ENOMEM;
    json_decref(written);
    json_decref(arguments);
    json_decref(files);
    return result;
}

static const char *chosen_language(const struct cli *cli)
{
    const char *named = cli_text(cli, "lang");
    if (named != NULL)
        return named;
    /* The catalogue in force says which language people are spoken to in. */
    return strcmp(_("language of reports: en"), "language of reports: en") == 0 ? "en" : "zh";
}

static void show(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("report"), json_object_get(value, "report"), NULL);
    screen_field(screen, _("as PDF"), json_object_get(value, "pdf"), NULL);
    screen_field(screen, _("bundle"), json_object_get(value, "bundle"), NULL);
    screen_field(screen, _("manifest"), json_object_get(value, "manifest_sha256"), NULL);
    screen_field(screen, _("entries told"), json_object_get(value, "told"), NULL);
    screen_field(screen, _("event"), json_object_get(value, "event"), NULL);
    screen_field(screen, _("its hashes, as event"), json_object_get(value, "written"), NULL);
    screen_fields_end(screen, 0);
}

static json_t *path_of(const struct place *place, const char *name)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%s", place->out, name);
    return json_string(path);
}

static int tell(struct cli *cli, const struct place *place, const json_t *value, bool pdf)
{
    const json_t *bundle = json_object_get(value, "bundle");
    json_t *told = json_pack("{s:O,s:O,s:b,s:o,s:o,s:O,s:O,s:O,s:O,s:O}", "id", json_object_get(value, "id"),
        "version", json_object_get(value, "version"), "signed",
        json_is_true(json_object_get(value, "signed")), "report", path_of(place, "report.html"), "bundle",
        path_of(place, "bundle"), "manifest_sha256", json_object_get(bundle, "manifest_sha256"), "told",
        json_object_get(bundle, "told"), "event", json_object_get(value, "event"), "files",
        json_object_get(value, "files"), "written", json_object_get(value, "written"));
    if (told != NULL && pdf)
        (void)json_object_set_new(told, "pdf", path_of(place, "report.pdf"));
    int result = told == NULL ? VAULT_ENOMEM : cli_value(cli, told, show);
    json_decref(told);
    return result;
}

static int write_all(struct cli *cli, const struct place *place, const struct report_words *words)
{
    json_t *value = NULL;
    struct failure why = {0};
    bool pdf = false;
    int result = ask(cli, place, &value);
    if (result == VAULT_OK)
        result = write_finding(cli, place, value);
    if (result == VAULT_OK)
        result = write_page(cli, place, value, words);
    if (result == VAULT_OK)
        pdf = write_pdf(place, &why);
    if (result == VAULT_OK)
        result = log_written(cli, place, value);
    if (result == VAULT_OK)
        result = settle(cli, place);
    if (result == VAULT_OK)
        result = tell(cli, place, value, pdf);
    if (result == VAULT_OK)
        result = output_flush(cli->output, &cli->failure);
    if (result == VAULT_OK && !pdf)
        cli_warn(cli, _("no report.pdf: %s; report.html says the same"), why.text);
    json_decref(value);
    return result;
}

int run_report(struct cli *cli)
{
    struct report_words words = {0};
    struct place place;
    /* What it takes is there before anything is logged. */
    int result = report_words_load(chosen_language(cli), &words, &cli->failure);
    if (result == VAULT_OK)
        result = read_since(cli);
    if (result == VAULT_OK)
        result = make_place(cli, &place);
    if (result == VAULT_OK) {
        result = write_all(cli, &place, &words);
        if (result != VAULT_OK)
            tree_remove(place.part, DEPTH_MAX);
    }
    report_words_free(&words);
    return result;
}
