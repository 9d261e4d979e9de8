#include "cli/audit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/words.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"

#define AGE_MAX UINT64_C(3155760000) /* a hundred years */

/* --- Options --- */

static bool read_age(const char *text, uint64_t *seconds)
{
    static const struct {
        char unit;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    size_t digits = strspn(text, "0123456789");
    uint64_t value = 0;
    if (digits == 0 || digits > 10 || strlen(text) > digits + 1)
        return false;
    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    char unit = text[digits] == '\0' ? 's' : text[digits];
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].unit != unit)
            continue;
        *seconds = value * units[i].seconds;
        return value > 0 && *seconds <= AGE_MAX;
    }
    return false;
}

struct parts {
    struct buffer policy;
    struct buffer kept;
    struct trust *trust;
    struct note_key manifest_key;
    struct bundle_options options;
};

static int read_policy(const struct audit *audit, struct parts *parts, struct failure *failure)
{
    int result = file_read(audit->policy, TRUST_SIZE_MAX, &parts->policy, failure);
    if (result == VAULT_OK)
        result = trust_parse(buffer_bytes(&parts->policy), &parts->trust, failure);
    if (result == VAULT_OK && trust_log_count(parts->trust) == 0) {
        result = failure_set(failure, VAULT_EINPUT, _("%s: the policy knows no log"), audit->policy);
        failure_remedy(
            failure, "%s", _("get it from the firm once, by a way that you trust: strongroom log policy"));
    }
    return result;
}

static int read_parts(const struct audit *audit, struct parts *parts, struct failure *failure)
{
    int result = read_policy(audit, parts, failure);
    if (result == VAULT_OK && audit->kept != NULL) {
        result = file_read(audit->kept, NOTE_SIZE_MAX, &parts->kept, failure);
        if (result == VAULT_OK && parts->kept.size == 0)
            result = failure_set(failure, VAULT_EINPUT, _("%s: the kept checkpoint is empty"), audit->kept);
    }
    if (result == VAULT_OK && audit->max_age != NULL && !read_age(audit->max_age, &parts->options.max_age))
        result = failure_set(
            failure, VAULT_EUSAGE, _("“%s” is no age; write 90s, 30m, 36h or 7d"), audit->max_age);
    if (result == VAULT_OK && audit->manifest_key != NULL) {
        if (note_key_parse(bytes_of_text(audit->manifest_key), &parts->manifest_key) != VAULT_OK)
            result = failure_set(
                failure, VAULT_EUSAGE, _("“%s” is no key of the form NAME+ID+BASE64"), audit->manifest_key);
        parts->options.manifest_key = &parts->manifest_key;
    }
    return result;
}

/* --- Progress --- */

struct pace {
    uint64_t started;
    uint64_t last;
};

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct pace *pace = context;
    uint64_t now = instant_monotonic();
    if (now - pace->started < 1000000000u || now - pace->last < 200000000u)
        return;
    pace->last = now;
    double seconds = (double)(now - pace->started) / 1e9;
    double rate = (double)done / seconds;
    (void)fprintf(stderr, "\r%llu / %llu, %.0f/s, %.0f s  ", (unsigned long long)done,
        (unsigned long long)total, rate, done < total ? (double)(total - done) / rate : 0.0);
}

static void end_progress(const struct pace *pace)
{
    if (pace->last != 0)
        (void)fprintf(stderr, "\r%*s\r", 70, "");
}

/* --- All of it --- */

static int run(const struct audit *audit, struct parts *parts, struct buffer *out, struct failure *failure)
{
    struct bundle *bundle = NULL;
    struct bundle_report *report = &(struct bundle_report){0};
    struct pace pace = {.started = instant_monotonic()};
    int result = read_parts(audit, parts, failure);
    if (result != VAULT_OK)
        return result;
    parts->options.trust = parts->trust;
    parts->options.kept = buffer_bytes(&parts->kept);
    parts->options.now = instant_now();
    parts->options.context = &pace;
    parts->options.progress = !audit->quiet && isatty(STDERR_FILENO) ? show_progress : NULL;
    result = bundle_check(audit->bundle, &parts->options, &bundle, report, failure);
    end_progress(&pace);
    if (bundle != NULL)
        (audit->json ? audit_tell_json : audit_tell)(parts->trust, report, out);
    bundle_free(bundle);
    if (bundle != NULL && buffer_error(out) != VAULT_OK)
        return buffer_error(out);
    return result;
}

int audit_run(const struct audit *audit, struct buffer *out, struct failure *failure)
{
    struct parts parts = {0};
    int result = run(audit, &parts, out, failure);
    trust_free(parts.trust);
    buffer_free(&parts.policy);
    buffer_free(&parts.kept);
    return result;
}

static void cut_short(int signal_number)
{
    static const char sentence[] =
        "strongroom audit: REFUSED: a file of the bundle was cut short while it was read\n";
    (void)signal_number;
    (void)!write(STDERR_FILENO, sentence, sizeof sentence - 1);
    _exit(3);
}

void audit_guard(void)
{
    struct sigaction action = {.sa_handler = cut_short};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, NULL);
}
