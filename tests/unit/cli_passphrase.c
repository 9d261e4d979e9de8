/* Passphrases from files: the first line, whole, and nothing that follows. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/passphrase.h"
#include "vault/crypto/passphrase.h"

static char path[] = "/tmp/strongroom-passphrase-XXXXXX";

static int read_from(
    const void *content, size_t size, unsigned mode, struct secret **secret, bool *open_to_others)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, content, size), (ssize_t)size);
    cr_assert_eq(fchmod(file, mode), 0);
    close(file);
    int result = passphrase_from_file(path, secret, open_to_others, NULL);
    unlink(path);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    return result;
}

static void gives(const char *content, const char *passphrase)
{
    struct secret *secret = NULL;
    bool others = true;
    cr_assert_eq(read_from(content, strlen(content), 0600, &secret, &others), VAULT_OK);
    cr_assert(bytes_equal(secret_bytes(secret), bytes_of_text(passphrase)));
    cr_assert_not(others);
    secret_free(secret);
}

Test(cli_passphrase, is_the_first_line)
{
    gives("correct horse\n", "correct horse");
    gives("correct horse", "correct horse");
    gives("correct horse\r\nsecond line\n", "correct horse");
    gives(" blanks stay \n", " blanks stay ");
    gives("口令\n", "口令");
}

Test(cli_passphrase, knows_when_others_may_read_it)
{
    struct secret *secret = NULL;
    bool others = false;
    cr_assert_eq(read_from("x\n", 2, 0640, &secret, &others), VAULT_OK);
    cr_assert(others);
    secret_free(secret);
}

Test(cli_passphrase, has_limits)
{
    char text[PASSPHRASE_SIZE_MAX + 2];
    struct secret *secret = NULL;
    memset(text, 'x', sizeof text);
    cr_assert_eq(read_from(text, PASSPHRASE_SIZE_MAX, 0600, &secret, NULL), VAULT_OK);
    cr_assert_eq(secret_bytes(secret).size, PASSPHRASE_SIZE_MAX);
    secret_free(secret);
    cr_assert_eq(read_from(text, PASSPHRASE_SIZE_MAX + 1, 0600, &secret, NULL), VAULT_EINPUT);
    cr_assert_null(secret);
    cr_assert_eq(read_from("\nx\n", 3, 0600, &secret, NULL), VAULT_EINPUT);
    cr_assert_eq(read_from("", 0, 0600, &secret, NULL), VAULT_EINPUT);
}

Test(cli_passphrase, a_missing_file_is_named)
{
    struct secret *secret = NULL;
    struct failure failure = {0};
    cr_assert_eq(passphrase_from_file("/nowhere/at/all", &secret, NULL, &failure), VAULT_ENOTFOUND);
    cr_assert_not_null(strstr(failure.text, "/nowhere/at/all"));
}
