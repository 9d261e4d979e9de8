/* The entries of a case as they stand, and what they come to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/instant.h"
#include "vault/incident/entry.h"
#include "vault/incident/recovery.h"

static bool lists_word(const char *words, const char *wanted)
{
    const char *at = strstr(words, wanted);
    size_t size = strlen(wanted);
    return at != NULL && size > 0 && (at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0');
}

/* --- As they stand --- */

static json_t *entry_in(const json_t *entries, int64_t number)
{
    for (size_t i = 0; i < json_array_size(entries); i++) {
        json_t *one = json_array_get(entries, i);
        if (json_number(one, "entry", -1) == number)
            return one;
    }
    return NULL;
}

/* Whatever the later step says holds. */
static int take_step(json_t *entries, const json_t *step, const struct entry_kind *kind)
{
    int64_t number = json_number(step, "entry", -1);
    json_t *fields = json_object_get(json_object_get(step, "says"), "fields");
    json_t *one = entry_in(entries, number);
    if (one == NULL) {
        one =
            json_pack("{s:I,s:s,s:s}", "entry", (json_int_t)number, "kind", kind->name, "group", kind->group);
        if (json_array_append_new(entries, one) != 0)
            return VAULT_ENOMEM;
    }
    int failed = json_object_set(one, "state", json_object_get(step, "state"));
    failed |= json_object_set(one, "by", json_object_get(step, "by"));
    failed |= json_object_set(one, "event", json_object_get(step, "event"));
    failed |= json_object_set(one, "time", json_object_get(step, "time"));
    if (fields != NULL)
        failed |= json_object_set(one, "fields", fields);
    else
        failed |= json_object_set_new(one, "fields", json_object());
    return failed ? VAULT_ENOMEM : VAULT_OK;
}

/* The end of the day that it is due. */
static int put_clock(json_t *one, int64_t now)
{
    const struct entry_kind *kind = entry_kind_find(json_text(one, "kind"));
    const char *state = json_text(one, "state");
    const char *due = kind->due == NULL ? NULL : json_text(json_object_get(one, "fields"), kind->due);
    int64_t instant;
    if (due == NULL || state == NULL || !lists_word(kind->open, state) ||
        !instant_parse(bytes_of_text(due), &instant))
        return VAULT_OK;
    bool over = now >= instant + INT64_C(86400000);
    return json_object_set_new(one, "due", json_string(due)) == 0 &&
                   json_object_set_new(one, "over", json_boolean(over)) == 0
               ? VAULT_OK
               : VAULT_ENOMEM;
}

json_t *entries_of(const json_t *one, int64_t now)
{
    const json_t *steps = json_object_get(one, "steps");
    json_t *entries = json_array();
    int result = entries == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++) {
        const json_t *step = json_array_get(steps, i);
        const struct entry_kind *kind = entry_kind_find(json_text(step, "kind"));
        if (json_is(step, "step", "enter") && kind != NULL)
            result = take_step(entries, step, kind);
    }
    for (size_t i = 0; i < json_array_size(entries) && result == VAULT_OK; i++)
        result = put_clock(json_array_get(entries, i), now);
    if (result == VAULT_OK)
        return entries;
    json_decref(entries);
    return NULL;
}

/* --- What they come to --- */

static int add_amount(json_t *sums, const json_t *one, const struct entry_kind *kind)
{
    const char *text = kind->sum == NULL ? NULL : json_text(json_object_get(one, "fields"), kind->sum);
    const char *state = json_text(one, "state");
    int64_t amount = 0;
    int64_t before = 0;
    char sum[MONEY_TEXT_SIZE];
    if (text == NULL || state == NULL || !money_parse(bytes_of_text(text), &amount))
        return VAULT_OK;
    json_t *of = json_object_get(sums, kind->name);
    if (of == NULL && json_object_set_new(sums, kind->name, of = json_object()) != 0)
        return VAULT_ENOMEM;
    const char *so_far = json_text(of, state);
    if (so_far != NULL)
        (void)money_parse(bytes_of_text(so_far), &before);
    money_format(before + amount, sum);
    return json_object_set_new(of, state, json_string(sum)) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static json_t *row_with(json_t *rows, const char *member, const char *value)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        if (json_is(json_array_get(rows, i), member, value))
            return json_array_get(rows, i);
    }
    json_t *row = json_pack("{s:s}", member, value);
    return json_array_append_new(rows, row) == 0 ? row : NULL;
}

static int add_to(json_t *row, const char *member, int64_t more)
{
    return row != NULL && json_object_set_new(row, member,
                              json_integer((json_int_t)(json_number(row, member, 0) + more))) == 0
               ? VAULT_OK
               : VAULT_ENOMEM;
}

static const char *const scores[] = {"timeliness", "clarity", "effectiveness", "trust", "renewal"};
#define SCORES (sizeof scores / sizeof scores[0])

static int add_answer(json_t *rounds, const json_t *fields)
{
    const char *round = json_text(fields, "round");
    json_t *row = round == NULL ? NULL : row_with(rounds, "round", round);
    int result = add_to(row, "answers", 1);
    for (size_t i = 0; i < SCORES && result == VAULT_OK; i++) {
        const char *score = json_text(fields, scores[i]);
        result = add_to(row, scores[i], score == NULL ? 0 : 100 * strtol(score, NULL, 10));
    }
    return result;
}

static int add_lost(json_t *months, const json_t *fields)
{
    const char *month = json_text(fields, "month");
    const char *what = json_text(fields, "what");
    const char *count = json_text(fields, "count");
    if (month == NULL || what == NULL || count == NULL)
        return VAULT_OK;
    json_t *row = row_with(months, "month", month);
    int result = add_to(row, "clients", 0);
    if (result == VAULT_OK)
        result = add_to(row, "staff", 0);
    return result == VAULT_OK ? add_to(row, what, strtol(count, NULL, 10)) : result;
}

/* --- Working together again, client by client --- */

static int note_state(json_t *row, const char *member, const json_t *one)
{
    return json_object_set(row, member, json_object_get(one, "state")) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int note_visit(json_t *row, const json_t *one)
{
    int result = add_to(row, "visits_held", json_is(one, "state", "held"));
    return result == VAULT_OK ? add_to(row, "visits_planned", json_is(one, "state", "planned")) : result;
}

static int note_commitment(json_t *row, const json_t *one)
{
    int result = add_to(row, "kept", json_is(one, "state", "kept"));
    if (result == VAULT_OK)
        result = add_to(row, "broken", json_is(one, "state", "broken"));
    return result == VAULT_OK
               ? add_to(row, "promised", json_is(one, "state", "made") || json_is(one, "state", "renewed"))
               : result;
}

static int note_next(json_t *row, const json_t *one)
{
    const char *due = json_text(one, "due");
    const char *next = json_text(row, "next");
    if (due == NULL || (next != NULL && strcmp(next, due) <= 0))
        return VAULT_OK;
    return json_object_set(row, "next", json_object_get(one, "due")) == 0 ? VAULT_OK : VAULT_ENOMEM;
}

static int add_cooperation(json_t *clients, const json_t *one)
{
    const char *client = json_text(json_object_get(one, "fields"), "client");
    json_t *row = client == NULL ? NULL : row_with(clients, "client", client);
    int result = row == NULL ? VAULT_ENOMEM : VAULT_OK;
    if (result == VAULT_OK && json_is(one, "kind", "client-plan"))
        result = note_state(row, "plan", one);
    if (result == VAULT_OK && json_is(one, "kind", "renewal"))
        result = note_state(row, "contract", one);
    if (result == VAULT_OK)
        result = note_visit(row, json_is(one, "kind", "visit") ? one : NULL);
    if (result == VAULT_OK)
        result = note_commitment(row, json_is(one, "kind", "commitment") ? one : NULL);
    return result == VAULT_OK ? note_next(row, one) : result;
}

/* Sums become means, in hundredths. */
static void divide(json_t *rounds)
{
    for (size_t i = 0; i < json_array_size(rounds); i++) {
        json_t *row = json_array_get(rounds, i);
        int64_t answers = json_number(row, "answers", 1);
        for (size_t j = 0; j < SCORES; j++)
            (void)json_object_set_new(row, scores[j],
                json_integer((json_int_t)((json_number(row, scores[j], 0) + answers / 2) / answers)));
    }
}

json_t *entries_sum(const json_t *entries)
{
    json_t *sums = json_object();
    json_t *rounds = json_array();
    json_t *months = json_array();
    json_t *clients = json_array();
    int64_t open = 0;
    int64_t over = 0;
    int result = sums == NULL || rounds == NULL || months == NULL || clients == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(entries) && result == VAULT_OK; i++) {
        const json_t *one = json_array_get(entries, i);
        const json_t *fields = json_object_get(one, "fields");
        open += json_object_get(one, "due") != NULL;
        over += json_is_true(json_object_get(one, "over"));
        result = add_amount(sums, one, entry_kind_find(json_text(one, "kind")));
        if (result == VAULT_OK && json_is(one, "kind", "survey"))
            result = add_answer(rounds, fields);
        if (result == VAULT_OK && json_is(one, "kind", "lost"))
            result = add_lost(months, fields);
        if (result == VAULT_OK && json_is(one, "group", "cooperation"))
            result = add_cooperation(clients, one);
    }
    divide(rounds);
    json_t *all = json_pack("{s:o,s:o,s:o,s:o,s:I,s:I}", "sums", sums, "survey", rounds, "lost", months, "clients", clients, "open",
        (json_int_t)open, "over", (json_int_t)over);
    if (result == VAULT_OK)
        return all;
    json_decref(all);
    return NULL;
}
