#include "vault/server/about.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/endings.h"

static bool has_name(struct bytes names, struct bytes name)
{
    struct reader reader = reader_of(names);
    while (reader.rest.size > 0 && !reader.short_read) {
        if (bytes_equal(reader_block(&reader), name))
            return true;
    }
    return false;
}

void about_add(struct about *about, const struct ulid *client, const char *portfolio)
{
    if (about->clients.size / ULID_SIZE >= ABOUT_CLIENTS_MAX) {
        about->too_many = true;
        return;
    }
    buffer_put(&about->clients, ulid_bytes(client));
    if (!has_name(buffer_bytes(&about->portfolios), bytes_of_text(portfolio)))
        buffer_put_block(&about->portfolios, bytes_of_text(portfolio));
}

bool about_any(const struct about *about)
{
    return about->clients.size > 0;
}

void about_free(struct about *about)
{
    buffer_free(&about->clients);
    buffer_free(&about->portfolios);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, ULID_SIZE);
}

static bool has_memory(const struct about *about)
{
    return buffer_error(&about->clients) == VAULT_OK && buffer_error(&about->portfolios) == VAULT_OK;
}

static void put_in_order(struct about *about)
{
    if (about->clients.size > ULID_SIZE)
        qsort(about->clients.data, about->clients.size / ULID_SIZE, ULID_SIZE, compare);
}

/* --- Against what is frozen --- */

struct looking {
    const char *user;
    struct bytes clients; /* in order; empty: too many, so that anything counts */
    struct bytes portfolios;
    bool frozen;
};

static bool is_of_it(const struct looking *looking, const char *kind, const char *target)
{
    struct ulid client;
    if (looking->clients.size == 0 || strcmp(kind, FREEZE_ALL) == 0)
        return true;
    if (strcmp(kind, FREEZE_USER) == 0)
        return strcmp(target, looking->user) == 0;
    if (strcmp(kind, FREEZE_PORTFOLIO) == 0)
        return has_name(looking->portfolios, bytes_of_text(target));
    return strcmp(kind, FREEZE_CLIENT) == 0 && ulid_parse(bytes_of_text(target), &client) &&
           bsearch(client.data, looking->clients.data, looking->clients.size / ULID_SIZE, ULID_SIZE,
               compare) != NULL;
}

static int look(void *context, const char *kind, const char *target)
{
    struct looking *looking = context;
    looking->frozen = looking->frozen || is_of_it(looking, kind, target);
    return VAULT_OK;
}

static bool any_frozen(struct looking *looking, struct logins *logins)
{
    return logins_each_freeze(logins, look, looking) != VAULT_OK || looking->frozen;
}

bool about_frozen(struct about *about, struct logins *logins, const char *user)
{
    if (!has_memory(about))
        return true;
    if (!about_any(about))
        return false;
    put_in_order(about);
    struct looking looking = {.user = user,
        .clients = about->too_many ? bytes_of(NULL, 0) : buffer_bytes(&about->clients),
        .portfolios = buffer_bytes(&about->portfolios)};
    return any_frozen(&looking, logins);
}

/* --- Labels --- */

int about_label(struct about *about, const char *user, struct buffer *label)
{
    if (!about_any(about) || !has_memory(about))
        return has_memory(about) ? VAULT_OK : VAULT_ENOMEM;
    put_in_order(about);
    buffer_put_block(label, bytes_of_text(user));
    buffer_put_block(label, about->too_many ? bytes_of(NULL, 0) : buffer_bytes(&about->clients));
    buffer_put_block(label, buffer_bytes(&about->portfolios));
    return buffer_error(label);
}

bool about_label_frozen(struct bytes label, struct logins *logins)
{
    struct reader reader = reader_of(label);
    char user[NAME_SIZE_MAX + 1] = "";
    if (label.size == 0)
        return false;
    struct bytes name = reader_block(&reader);
    struct looking looking = {.user = user};
    looking.clients = reader_block(&reader);
    looking.portfolios = reader_block(&reader);
    if (reader.short_read || reader.rest.size > 0 || name.size >= sizeof user ||
        looking.clients.size % ULID_SIZE != 0)
        return true;
    memcpy(user, name.data, name.size);
    return any_frozen(&looking, logins);
}
