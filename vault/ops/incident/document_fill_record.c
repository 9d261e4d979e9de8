/* The open record: what the entries of the case say is public. */
#include "vault/ops/incident/document_fill_private.h"

#include <string.h>

#include "vault/base/instant.h"

static bool entry_is(const json_t *entry, const char *kind, const char *state)
{
    const char *its = json_text(entry, "kind");
    const char *stands = json_text(entry, "state");
    return its != NULL && stands != NULL && strcmp(its, kind) == 0 &&
           (state == NULL || strcmp(stands, state) == 0);
}

/* The published step that follows @p after in time; of one day, in the order in which they were entered. */
static const json_t *step_after(const json_t *entries, const char *day, int64_t number)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *one = json_array_get(entries, i);
        const char *its = json_text(json_object_get(one, "fields"), "day");
        const char *best = json_text(json_object_get(found, "fields"), "day");
        if (!entry_is(one, "public-step", "published") || its == NULL)
            continue;
        int order = strcmp(its, day);
        if ((order > 0 || (order == 0 && json_number(one, "entry", 0) > number)) &&
            (found == NULL || strcmp(its, best) < 0))
            found = one;
    }
    return found;
}

static json_t *timeline_of(const struct filling *f, const json_t *entries)
{
    struct buffer text = {0};
    const json_t *one = step_after(entries, "", -1);
    while (one != NULL) {
        const json_t *fields = json_object_get(one, "fields");
        const char *day = json_text(fields, "day");
        int64_t instant = 0;
        buffer_put_text(&text, text.size == 0 ? "" : "\n");
        if (instant_parse(bytes_of_text(day), &instant))
            fill_day(f, instant, &text);
        buffer_put_format(&text, "%s%s", IN(f, "：", ": "), json_text(fields, "text"));
        one = step_after(entries, day, json_number(one, "entry", 0));
    }
    return fill_taken(&text);
}

static json_t *handled_of(const struct filling *f, const json_t *entries)
{
    struct buffer text = {0};
    size_t all = 0;
    size_t open = 0;
    for (size_t i = 0; i < json_array_size(entries); i++) {
        all += entry_is(json_array_get(entries, i), "complaint", NULL);
        open += entry_is(json_array_get(entries, i), "complaint", "open");
    }
    if (all == 0)
        return NULL;
    buffer_put_format(&text,
        IN(f, "至本页日期，共收到投诉、举报 %zu 件，已答复 %zu 件。",
            "Until the date of this page: %zu complaints and reports received, %zu answered."),
        all, all - open);
    return fill_taken(&text);
}

int fill_open_record(struct filling *f)
{
    json_t *entries = NULL;
    if (strcmp(f->kind, "open-record") != 0)
        return VAULT_OK;
    int result = incident_entries(f->step->call, f->step->one, &entries);
    if (result == VAULT_OK)
        result = fill_put(f, "timeline", timeline_of(f, entries));
    if (result == VAULT_OK)
        result = fill_put(f, "handled", handled_of(f, entries));
    json_decref(entries);
    return result;
}
