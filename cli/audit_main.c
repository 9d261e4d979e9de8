/* strongroom-audit: evidence bundles, checked by somebody who has no vault and reads what he runs. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/audit.h"
#include "cli/clean.h"
#include "cli/words.h"
#include "vault/base/file.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

static int say(int descriptor, struct buffer *text)
{
    int result = file_write_all(descriptor, buffer_bytes(text));
    buffer_free(text);
    return result;
}

static int report(const struct failure *failure, int error, bool json)
{
    struct buffer out = {0};
    struct buffer whole = {0};
    const char *text = failure->text[0] != '\0' ? failure->text : vault_error_text(error);
    if (json)
        buffer_put_format(
            &out, "{\"error\":\"%s\",\"exit\":%d}\n", vault_error_name(error), vault_exit_status(error));
    buffer_put_format(&whole, "strongroom-audit%s%s", _(": "), words_of(text));
    if (failure->remedy[0] != '\0')
        buffer_put_format(&whole, "%s%s", _("; "), words_of(failure->remedy));
    if (!json) {
        clean_line(buffer_bytes(&whole), &out);
        buffer_put_u8(&out, '\n');
    }
    buffer_free(&whole);
    (void)!say(STDERR_FILENO, &out);
    return vault_exit_status(error);
}

static int usage(int descriptor)
{
    struct buffer out = {0};
    buffer_put_format(&out,
        "%s strongroom-audit BUNDLE --policy FILE [--old-checkpoint FILE] [--max-age AGE]\n"
        "       [--manifest-key VKEY] [--json] [--quiet]\n%s\n",
        _("usage:"), _("Checks an evidence bundle: 0 accepted, 3 refused, 1 wrong use."));
    return say(descriptor, &out);
}

/* -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct audit *audit)
{
    static const struct option options[] = {{"policy", required_argument, NULL, 'p'},
        {"old-checkpoint", required_argument, NULL, 'o'}, {"max-age", required_argument, NULL, 'a'},
        {"manifest-key", required_argument, NULL, 'k'}, {"json", no_argument, NULL, 'j'},
        {"quiet", no_argument, NULL, 'q'}, {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'}, {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        struct buffer version = {0};
        switch (option) {
        case 'p':
            audit->policy = optarg;
            break;
        case 'o':
            audit->kept = optarg;
            break;
        case 'a':
            audit->max_age = optarg;
            break;
        case 'k':
            audit->manifest_key = optarg;
            break;
        case 'j':
            audit->json = true;
            break;
        case 'q':
            audit->quiet = true;
            break;
        case 'h':
            return usage(STDOUT_FILENO) == VAULT_OK ? 0 : 1;
        case 'v':
            buffer_put_text(&version, "strongroom-audit " VERSION "\n");
            return say(STDOUT_FILENO, &version) == VAULT_OK ? 0 : 1;
        default:
            return 1;
        }
    }
    if (argc - optind == 1 && audit->policy != NULL) {
        audit->bundle = argv[optind];
        return -1;
    }
    (void)!usage(STDERR_FILENO);
    return 1;
}

int main(int argc, char **argv)
{
    struct audit audit = {0};
    struct failure failure = {0};
    struct buffer out = {0};
    words_start();
    int status = read_options(argc, argv, &audit);
    if (status >= 0)
        return status;
    audit_guard();
    int result = crypto_start();
    if (result == VAULT_OK)
        result = audit_run(&audit, &out, &failure);
    if (out.size > 0 && say(STDOUT_FILENO, &out) != VAULT_OK && result == VAULT_OK)
        result = failure_set(&failure, VAULT_EIO, "%s", _("standard output cannot be written"));
    buffer_free(&out);
    return result == VAULT_OK || (result == VAULT_EFORGED && failure.error == VAULT_OK)
               ? vault_exit_status(result)
               : report(&failure, result, audit.json);
}
