#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/terminal.h"
#include "cli/words.h"
#include "vault/crypto/passphrase.h"

static int cannot_open(const char *path, struct failure *failure)
{
    int error = errno == ENOENT ? VAULT_ENOTFOUND : VAULT_EIO;
    return failure_set(
        failure, error, _("%s: the file with the passphrase cannot be read: %s"), path, strerror(errno));
}

/* Straight into guarded memory; at most the line and whatever the last read brought with it. */
static int read_first_line(int descriptor, struct secret *line, size_t *length)
{
    uint8_t *data = secret_edit(line);
    size_t have = 0;
    while (have <= PASSPHRASE_SIZE_MAX) {
        ssize_t got = read(descriptor, data + have, PASSPHRASE_SIZE_MAX + 2 - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return VAULT_EIO;
        const uint8_t *end = memchr(data + have, '\n', (size_t)got);
        have = end != NULL ? (size_t)(end - data) : have + (size_t)got;
        if (end != NULL || got == 0)
            break;
    }
    if (have > 0 && data[have - 1] == '\r')
        have--;
    *length = have;
    return VAULT_OK;
}

static int take_line(int descriptor, const char *path, struct secret **secret, struct failure *failure)
{
    size_t length = 0;
    struct secret *line = secret_new(PASSPHRASE_SIZE_MAX + 2);
    if (line == NULL)
        return VAULT_ENOMEM;
    int result = read_first_line(descriptor, line, &length);
    if (result != VAULT_OK)
        (void)cannot_open(path, failure);
    else if (length == 0)
        result = failure_set(failure, VAULT_EINPUT, _("%s: there is no passphrase on its first line"), path);
    else if (length > PASSPHRASE_SIZE_MAX)
        result = failure_set(
            failure, VAULT_EINPUT, _("%s: a passphrase has at most %u bytes"), path, PASSPHRASE_SIZE_MAX);
    else if ((*secret = secret_copy(bytes_of(secret_bytes(line).data, length))) == NULL)
        result = VAULT_ENOMEM;
    secret_free(line);
    return result;
}

int passphrase_from_file(
    const char *path, struct secret **secret, bool *open_to_others, struct failure *failure)
{
    struct stat state;
    *secret = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0)
        return cannot_open(path, failure);
    if (open_to_others != NULL)
        *open_to_others = fstat(descriptor, &state) == 0 && S_ISREG(state.st_mode) &&
                          (state.st_mode & (S_IRGRP | S_IROTH)) != 0;
    int result = take_line(descriptor, path, secret, failure);
    (void)close(descriptor);
    return result;
}

int passphrase_ask(const char *user, struct secret **secret, struct failure *failure)
{
    char prompt[160];
    (void)snprintf(prompt, sizeof prompt, _("Passphrase of %s: "), user);
    return terminal_secret(prompt, secret, failure);
}

int passphrase_ask_new(const char *user, struct secret **secret, struct failure *failure)
{
    char prompt[160];
    struct secret *again = NULL;
    *secret = NULL;
    (void)snprintf(prompt, sizeof prompt, _("New passphrase of %s: "), user);
    int result = terminal_secret(prompt, secret, failure);
    if (result == VAULT_OK)
        result = terminal_secret(_("Once more: "), &again, failure);
    if (result == VAULT_OK && !secret_equal(*secret, again))
        result = failure_set(failure, VAULT_EINPUT, _("the two passphrases differ"));
    secret_free(again);
    if (result != VAULT_OK) {
        secret_free(*secret);
        *secret = NULL;
    }
    return result;
}
