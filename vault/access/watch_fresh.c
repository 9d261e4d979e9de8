/* What a server's sessions have just logged, as the watch will want to see it: an entry that lies in the log
 * is sealed, and opening and reading it again costs a tenth of what the disclosure did. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "vault/access/watch_private.h"
#include "vault/base/text.h"

#define PLACES 16384u /* twice what logs between two runs of the watch; what is older is read from the log */

struct place_of_one {
    uint64_t index; /* of the entry, + 1; 0: free */
    bool gives;
    struct seen seen; /* where it gives something away */
};

struct fresh {
    pthread_mutex_t lock;
    struct place_of_one places[PLACES];
};

struct fresh *fresh_new(void)
{
    struct fresh *fresh = calloc(1, sizeof *fresh);
    if (fresh != NULL)
        (void)pthread_mutex_init(&fresh->lock, NULL);
    return fresh;
}

void fresh_free(struct fresh *fresh)
{
    if (fresh == NULL)
        return;
    (void)pthread_mutex_destroy(&fresh->lock);
    free(fresh);
}

static bool take_text(const json_t *object, const char *member, char *out, size_t size)
{
    const char *text = json_text(object, member);
    if (text == NULL || text[0] == '\0' || strlen(text) >= size)
        return false;
    text_copy(out, size, text);
    return true;
}

/* As counters_of_leaf() does of the entry's text. */
static int64_t records_of(const char *event, const json_t *members)
{
    const json_t *outcome = json_object_get(members, "result");
    if (strcmp(event, "record.read") == 0)
        return 1;
    if (strcmp(event, "record.search") == 0)
        return (int64_t)json_array_size(json_object_get(members, "resources"));
    bool exported = strcmp(event, "record.export") == 0 && json_is(outcome, "status", "ok");
    return exported ? json_number(outcome, "count", 0) : 0;
}

void fresh_note(struct fresh *fresh, uint64_t index, int64_t time, const char *event, const json_t *members)
{
    struct place_of_one one = {.index = index + 1, .seen = {.index = index, .time = time}};
    if (fresh == NULL)
        return;
    one.gives = watch_gives_away(bytes_of_text(event)) &&
                json_is(json_object_get(members, "decision"), "effect", "permit") &&
                take_text(json_object_get(members, "actor"), "id", one.seen.person, sizeof one.seen.person);
    if (one.gives) {
        (void)take_text(json_object_get(members, "subject"), "id", one.seen.client, sizeof one.seen.client);
        one.seen.records = records_of(event, members);
    }
    (void)pthread_mutex_lock(&fresh->lock);
    fresh->places[index % PLACES] = one;
    (void)pthread_mutex_unlock(&fresh->lock);
}

bool fresh_find(struct fresh *fresh, uint64_t index, struct seen *seen, bool *gives)
{
    if (fresh == NULL)
        return false;
    (void)pthread_mutex_lock(&fresh->lock);
    const struct place_of_one *one = &fresh->places[index % PLACES];
    bool found = one->index == index + 1;
    if (found) {
        *seen = one->seen;
        *gives = one->gives;
    }
    (void)pthread_mutex_unlock(&fresh->lock);
    return found;
}
