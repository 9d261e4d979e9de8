/* A drill: the case of an incident played on a copy of the vault, which then goes; what is left is its entry
 * in the register.  It is no operation, as restoring is none: the copy is opened anew, with the person's
 * passphrase. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/access/layout.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/ops/incident/drill_private.h"
#include "vault/ops/keeping/backup_private.h"
#include "vault/ops/people/register_private.h"

#define YEAR_MS (INT64_C(365) * 86400000)

struct running {
    const struct session_options *options;
    const struct drill_plan *plan;
    struct drill drill;
    struct call call; /* on the real vault */
    struct session *session;
    char *archive;
    char *copy;
    char name[40];
    bool made; /* the directory is ours */
    uint64_t event;
};

/* --- The copy --- */

static int make_place(struct running *r)
{
    const char *out = r->plan->out;
    if (mkdir(out, 0700) != 0) {
        failure_remedy(r->call.failure, "name a directory that there is not yet with --out");
        return failure_set(
            r->call.failure, errno == EEXIST ? VAULT_EEXISTS : VAULT_EIO, "%s: %s", out, strerror(errno));
    }
    r->made = true;
    r->archive = file_path(out, "copy.backup");
    r->copy = file_path(out, "vault");
    r->drill.bundle = file_path(out, "bundle");
    return r->archive == NULL || r->copy == NULL || r->drill.bundle == NULL ? VAULT_ENOMEM : VAULT_OK;
}

static int make_copy(struct running *r)
{
    static const struct reply silent = {0};
    struct session_options options = *r->options;
    struct failure why = {0};
    options.directory = r->copy;
    options.known = NULL; /* what this machine remembers is of the real vault's log alone */
    options.accept_rollback = false;
    uint64_t started = instant_monotonic();
    r->call.failure = &why;
    r->call.reply = &silent;
    int result = backup_write(&r->call, "drill.run", "drill.copy", r->archive);
    if (result == VAULT_OK)
        result = restore_exercise(r->archive, &options, &silent, &why);
    (void)unlink(r->archive);
    if (result == VAULT_OK)
        result = session_open(&options, &r->drill.copy, &why);
    if (result == VAULT_OK && !session_exercise(r->drill.copy))
        result = failure_set(&why, VAULT_EDAMAGED, "the copy is not marked as an exercise");
    r->call.failure = r->drill.failure;
    r->call.reply = r->drill.reply;
    if (why.remedy[0] != '\0')
        failure_remedy(r->drill.failure, "%s", why.remedy);
    return drill_note(&r->drill, "copy", "drill.copy", started, result, &why);
}

static void remove_copy(struct running *r)
{
    session_free(r->drill.copy);
    r->drill.copy = NULL;
    if (!r->made || r->plan->keep)
        return;
    if (r->archive != NULL)
        (void)unlink(r->archive);
    if (r->copy != NULL)
        directory_remove(r->copy);
    if (r->drill.bundle != NULL)
        directory_remove(r->drill.bundle);
    (void)rmdir(r->plan->out);
}

/* --- What is left of it: the entry in the register --- */

static json_int_t late_count(const struct running *r)
{
    json_int_t late = 0;
    for (size_t i = 0; i < json_array_size(r->drill.clocks); i++)
        late += json_is_true(json_object_get(json_array_get(r->drill.clocks, i), "late"));
    return late;
}

/* Words for people, as the register has them. */
static void put_words(const struct running *r, bool passed, struct buffer *text)
{
    const struct drill *drill = &r->drill;
    buffer_put_format(text, DRILL_WORD " %s: %s, %zu steps, %llu ms, %lld clocks late\n", r->name,
        passed ? "passed" : "failed", json_array_size(drill->steps),
        (unsigned long long)(drill->nanoseconds / 1000000), (long long)late_count(r));
    for (size_t i = 0; i < json_array_size(drill->steps); i++) {
        const json_t *step = json_array_get(drill->steps, i);
        const char *why = json_text(step, "why");
        buffer_put_format(text, "%6lld ms  %s%s%s\n", (long long)json_number(step, "ms", 0),
            json_text(step, "step"), why == NULL ? "" : ": ", why == NULL ? "" : why);
    }
    for (size_t i = 0; i < json_array_size(drill->clocks); i++) {
        const json_t *clock = json_array_get(drill->clocks, i);
        buffer_put_format(text, "%s  %s (%s): %s\n",
            json_is_true(json_object_get(clock, "late")) ? "LATE" : "in time", json_text(clock, "duty"),
            json_text(clock, "state"), json_text(clock, "due"));
    }
}

static int enter(struct running *r, bool passed)
{
    struct access_request request = {.action = "drill.run"};
    struct buffer text = {0};
    struct call call = r->call;
    put_words(r, passed, &text);
    json_t *arguments = json_pack("{s:o}", "text", json_of_buffer(&text));
    json_t *what = json_pack("{s:s,s:s,s:I,s:I,s:b,s:I,s:I}", "kind", "drill", "name", r->name, "until",
        (json_int_t)r->plan->next, "version", (json_int_t)1, "passed", passed, "late", late_count(r), "ms",
        (json_int_t)(r->drill.nanoseconds / 1000000));
    int result = arguments == NULL || what == NULL ? VAULT_ENOMEM : VAULT_OK;
    call.arguments = arguments;
    if (result == VAULT_OK)
        result = register_seal_text(&call, false, what);
    if (result == VAULT_OK)
        result = call_change_as(&call, &request, "drill.run", json_incref(what), &r->event);
    json_decref(what);
    json_decref(arguments);
    buffer_free(&text);
    return result;
}

static int tell(struct running *r, bool passed)
{
    json_t *value = json_pack("{s:s,s:b,s:O,s:O,s:I,s:I,s:I}", "name", r->name, "passed", passed, "steps",
        r->drill.steps, "clocks", r->drill.clocks, "late", late_count(r), "ms",
        (json_int_t)(r->drill.nanoseconds / 1000000), "event", (json_int_t)r->event);
    if (value != NULL && r->plan->keep)
        (void)json_object_set_new(value, "kept", json_string(r->plan->out));
    return reply_value(&r->call, value);
}

/* --- All of it --- */

static int prepare(struct running *r)
{
    char time[INSTANT_TEXT_SIZE];
    int64_t now = instant_now();
    r->drill.steps = json_array();
    r->drill.clocks = json_array();
    instant_format(now, time);
    (void)snprintf(r->name, sizeof r->name, "drill-%.4s%.2s%.2s-%.2s%.2s%.2s%.3s", time, time + 5, time + 8,
        time + 11, time + 14, time + 17, time + 20);
    r->drill.discovered = r->plan->discovered == 0 ? now : r->plan->discovered;
    return r->drill.steps == NULL || r->drill.clocks == NULL ? VAULT_ENOMEM : VAULT_OK;
}

/* The decision first: who may not drill makes no directory. */
static int begin(struct running *r)
{
    struct access_request request = {.action = "drill.run"};
    struct decision decision = {0};
    int result = session_open(r->options, &r->session, r->call.failure);
    r->call.session = r->session;
    if (result == VAULT_OK && session_exercise(r->session))
        result = failure_set(
            r->call.failure, VAULT_EINPUT, "%s is a copy to practise on already", r->options->directory);
    if (result == VAULT_OK)
        result = call_decide(&r->call, &request, &decision);
    decision_free(&decision);
    return result == VAULT_OK ? make_place(r) : result;
}

int vault_drill(const struct session_options *options, const struct drill_plan *plan,
    const struct reply *reply, struct failure *failure)
{
    struct drill_plan own = *plan;
    struct running r = {.options = options, .plan = &own};
    r.drill.reply = r.call.reply = reply;
    r.drill.failure = r.call.failure = failure;
    r.drill.person = plan->person == NULL ? options->user : plan->person;
    if (own.next == 0)
        own.next = instant_now() + YEAR_MS;
    int result = prepare(&r);
    if (result == VAULT_OK)
        result = begin(&r);
    bool begun = result == VAULT_OK;
    if (begun)
        result = make_copy(&r);
    if (begun && result == VAULT_OK)
        result = drill_play(&r.drill);
    remove_copy(&r);
    if (begun) {
        struct failure why = *failure;
        int entered = enter(&r, result == VAULT_OK);
        if (entered == VAULT_OK)
            entered = tell(&r, result == VAULT_OK);
        if (result != VAULT_OK) {
            *failure = why;
            if (entered != VAULT_OK)
                failure_remedy(
                    failure, "it could not be entered in the register either: 'register add drill'");
        } else
            result = entered;
    }
    session_free(r.session);
    json_decref(r.drill.steps);
    json_decref(r.drill.clocks);
    free(r.archive);
    free(r.copy);
    free(r.drill.bundle);
    return result;
}
