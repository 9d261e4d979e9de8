#include "vault/access/attempts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vault/access/session_private.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"

#define EVENTS_AT_ONCE 64

/* One note: instant (8), user (block), host (block), why (block, which older notes have not); on disk as a block of its sealed box. */
static void write_note(struct buffer *note, const char *user, const char *host, const char *why)
{
    buffer_put_u64(note, (uint64_t)instant_now());
    buffer_put_block(note, bytes_of_text(name_valid(user) ? user : "?"));
    buffer_put_block(note, bytes_of_text(host));
    buffer_put_block(note, bytes_of_text(why));
}

void attempts_note(const char *directory, struct bytes attempts_public, const char *user, const char *host,
    const char *why)
{
    struct buffer note = {0};
    struct buffer boxed = {0};
    struct buffer block = {0};
    struct stat status;
    char *path = file_path(directory, ATTEMPTS_FILE);
    int file = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    write_note(&note, user, host, why);
    if (file >= 0 && flock(file, LOCK_EX) == 0 && fstat(file, &status) == 0 &&
        status.st_size < (off_t)ATTEMPTS_BYTES_MAX && buffer_error(&note) == VAULT_OK &&
        box_seal(attempts_public, buffer_bytes(&note), &boxed) == VAULT_OK) {
        buffer_put_block(&block, buffer_bytes(&boxed));
        if (buffer_error(&block) == VAULT_OK && file_write_all(file, buffer_bytes(&block)) == VAULT_OK)
            (void)fdatasync(file);
    }
    if (file >= 0)
        (void)close(file);
    free(path);
    buffer_free(&note);
    buffer_free(&boxed);
    buffer_free(&block);
}

static json_t *event_of(struct session *session, struct bytes plain)
{
    char when[INSTANT_TEXT_SIZE];
    struct reader reader = reader_of(plain);
    int64_t at = (int64_t)reader_u64(&reader);
    struct bytes user = reader_block(&reader);
    struct bytes host = reader_block(&reader);
    struct bytes why = reader.rest.size == 0 ? bytes_of_text(ATTEMPT_PASSPHRASE) : reader_block(&reader);
    if (reader_end(&reader) != VAULT_OK)
        return NULL;
    (void)session;
    instant_format(at, when);
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:{s:s%},s:[],s:{s:s%,s:s,s:s%}}", "actor", "id", "vault", "type",
        "system", "decision", "effect", "deny", "policies", "src", "host", host.data, host.size, "resources", "attempt",
        "user", user.data, user.size, "time", when, "why", why.data, why.size);
}

/* Notes that do not open were not made with our key: an edited file, which is itself worth an event. */
static json_t *damaged_event(void)
{
    return json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:{s:s}}", "actor", "id", "vault", "type", "system", "decision",
        "effect", "deny", "policies", "resources", "attempt", "note", "damaged");
}

static int log_notes(struct session *session, struct bytes content, struct failure *failure)
{
    struct log_event events[EVENTS_AT_ONCE];
    struct reader reader = reader_of(content);
    int result = VAULT_OK;
    while (result == VAULT_OK && reader.rest.size > 0 && !reader.short_read) {
        size_t count = 0;
        uint64_t first;
        while (count < EVENTS_AT_ONCE && reader.rest.size > 0 && !reader.short_read) {
            struct buffer plain = {0};
            struct bytes boxed = reader_block(&reader);
            json_t *members = box_open(session->keys.attempts, boxed, &plain) == VAULT_OK
                ? event_of(session, buffer_bytes(&plain))
                : damaged_event();
            buffer_free(&plain);
            if (members != NULL)
                events[count++] = (struct log_event){.name = "session.refuse", .members = members};
        }
        if (count > 0)
            result = log_append(session->log, events, count, &first, failure);
        for (size_t i = 0; i < count; i++) {
            union {
                const json_t *constant;
                json_t *owned;
            } members = {.constant = events[i].members};
            json_decref(members.owned);
        }
    }
    return result;
}

int attempts_log(struct session *session, struct failure *failure)
{
    struct buffer content = {0};
    struct stat status;
    int result = VAULT_OK;
    char *path = file_path(session->directory, ATTEMPTS_FILE);
    int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) {
        free(path);
        return VAULT_OK;
    }
    if (flock(file, LOCK_EX) == 0 && fstat(file, &status) == 0 && status.st_size > 0 &&
        status.st_size <= 2 * (off_t)ATTEMPTS_BYTES_MAX) {
        uint8_t *space = buffer_grow(&content, (size_t)status.st_size);
        result = space == NULL ? VAULT_ENOMEM : file_read_at(file, 0, space, (size_t)status.st_size);
        if (result == VAULT_OK)
            result = log_notes(session, buffer_bytes(&content), failure);
        if (result == VAULT_OK && ftruncate(file, 0) != 0)
            result = failure_set(failure, VAULT_EIO, "%s: cannot be emptied", path);
    }
    (void)close(file);
    free(path);
    buffer_free(&content);
    return result;
}
