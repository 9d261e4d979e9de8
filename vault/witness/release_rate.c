/* How many keys a person may have released: counted by clock hour and day, from the release log after a
 * start. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/witness/release_private.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

/* --- The file --- */

static int parse_rates(struct buffer *text, struct release_rates *rates)
{
    int end = 0;
    const char *line = buffer_text(text);
    bool fits = line != NULL &&
                sscanf(line, "hour %" SCNu64 " day %" SCNu64 " %n", &rates->hour, &rates->day, &end) == 2 &&
                (size_t)end == text->size && rates->hour > 0 && rates->day > 0;
    return fits ? VAULT_OK : VAULT_EINPUT;
}

static int read_rates(const char *path, struct release_rates *rates, struct failure *failure)
{
    struct buffer text = {0};
    *rates = (struct release_rates){RELEASE_HOUR_DEFAULT, RELEASE_DAY_DEFAULT};
    int result = file_read(path, 4096, &text, failure);
    if (result == VAULT_ENOTFOUND) {
        failure_clear(failure);
        result = VAULT_OK;
    } else if (result == VAULT_OK && (result = parse_rates(&text, rates)) != VAULT_OK) {
        result = failure_set(failure, result, "%s: not two lines 'hour N' and 'day N'", path);
    }
    buffer_free(&text);
    return result;
}

static char *rates_path(const char *directory)
{
    char *inside = file_path(directory, "release");
    char *path = inside == NULL ? NULL : file_path(inside, "rates");
    free(inside);
    return path;
}

int witness_release_rates(const char *directory, struct release_rates *rates, struct failure *failure)
{
    char *path = rates_path(directory);
    int result = path == NULL ? VAULT_ENOMEM : read_rates(path, rates, failure);
    free(path);
    return result;
}

int witness_release_set_rates(
    const char *directory, const struct release_rates *rates, struct failure *failure)
{
    struct buffer text = {0};
    char *inside = file_path(directory, "release");
    char *path = rates_path(directory);
    buffer_put_format(&text, "hour %" PRIu64 "\nday %" PRIu64 "\n", rates->hour, rates->day);
    int result = path == NULL || inside == NULL ? VAULT_ENOMEM : buffer_error(&text);
    if (result == VAULT_OK && (rates->hour == 0 || rates->day == 0))
        result =
            failure_set(failure, VAULT_EUSAGE, "a rate of 0 would release nothing; stop the witness instead");
    if (result == VAULT_OK)
        result = directory_make(directory, failure);
    if (result == VAULT_OK)
        result = directory_make(inside, failure);
    if (result == VAULT_OK)
        result = file_replace(path, buffer_bytes(&text), 0600, failure);
    buffer_free(&text);
    free(inside);
    free(path);
    return result;
}

/* A file that cannot be read leaves the rates as they were. */
static void refresh(struct release_service *service)
{
    struct release_rates rates;
    struct stat status = {0};
    char *path = file_path(service->directory, "rates");
    if (path != NULL)
        (void)stat(path, &status);
    if (path != NULL && memcmp(&status.st_mtim, &service->rates_changed, sizeof status.st_mtim) != 0 &&
        read_rates(path, &rates, NULL) == VAULT_OK) {
        service->rates = rates;
        service->rates_changed = status.st_mtim;
    }
    free(path);
}

/* --- Counting --- */

static void count(struct known_person *person, uint64_t keys, int64_t when)
{
    int64_t hour = when / HOUR_MS;
    int64_t day = when / DAY_MS;
    if (hour > person->hour) {
        person->hour = hour;
        person->in_hour = 0;
    }
    if (day > person->day) {
        person->day = day;
        person->in_day = 0;
    }
    /* A clock that was put back gives nothing anew: what is counted goes to the later hour. */
    person->in_hour += keys;
    person->in_day += keys;
}

bool release_rate_take(
    struct release_service *service, struct known_person *person, uint64_t keys, int64_t now, char text[240])
{
    refresh(service);
    count(person, 0, now);
    const struct release_rates *rates = &service->rates;
    bool hour = keys <= rates->hour && person->in_hour <= rates->hour - keys;
    bool day = keys <= rates->day && person->in_day <= rates->day - keys;
    if (hour && day) {
        count(person, keys, now);
        return true;
    }
    (void)snprintf(text, 240, "%s has had %llu keys this %s and asks for %llu more; the limit is %llu",
        person->user, (unsigned long long)(hour ? person->in_day : person->in_hour), hour ? "day" : "hour",
        (unsigned long long)keys, (unsigned long long)(hour ? rates->day : rates->hour));
    return false;
}

static int count_leaf(struct release_service *service, struct bytes text)
{
    struct release_leaf release;
    if (release_leaf_read(text, &release) != NULL)
        return VAULT_OK;
    struct known_vault *vault = release_vault(service, release.vault);
    struct known_person *person = vault == NULL ? NULL : release_person(vault, release.person);
    if (person != NULL)
        count(person, release.count, release.leaf.time);
    return VAULT_OK;
}

int release_rate_load(struct release_service *service, struct failure *failure)
{
    struct buffer leaf = {0};
    uint64_t index = 0;
    int64_t now = instant_now();
    service->rates = (struct release_rates){RELEASE_HOUR_DEFAULT, RELEASE_DAY_DEFAULT};
    refresh(service);
    int result = log_find_time(service->log, now - now % DAY_MS, &index, failure);
    for (; result == VAULT_OK && index < log_size(service->log); index++) {
        buffer_reset(&leaf);
        result = log_read(service->log, index, &leaf, failure);
        if (result == VAULT_OK)
            result = count_leaf(service, buffer_bytes(&leaf));
    }
    buffer_free(&leaf);
    return result;
}
