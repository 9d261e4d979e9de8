/* Shares on paper: what is written is read again, however it is copied; every single slip is found. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/share_text.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct secret *sample(size_t size, struct buffer *text)
{
    cr_assert_eq(crypto_start(), VAULT_OK);
    struct secret *share = secret_new(size);
    for (size_t i = 0; i < size; i++)
        secret_edit(share)[i] = (uint8_t)(i * 37 + 1);
    share_text_write(share, text);
    return share;
}

static void reads_as(const char *text, const struct secret *share)
{
    struct secret *again = NULL;
    cr_assert_eq(share_text_read(bytes_of_text(text), &again, NULL), VAULT_OK, "%s", text);
    cr_assert(secret_equal(again, share));
    secret_free(again);
}

Test(cli_share, any_size_comes_back)
{
    for (size_t size = 1; size <= 64; size++) {
        struct buffer text = {0};
        struct secret *share = sample(size, &text);
        reads_as(buffer_text(&text), share);
        secret_free(share);
        buffer_free(&text);
    }
}

Test(cli_share, a_key_share_is_fourteen_groups_of_four)
{
    struct buffer text = {0};
    struct secret *share = sample(33, &text);
    cr_assert_eq(text.size, 14 * 4 + 13);
    secret_free(share);
    buffer_free(&text);
}

Test(cli_share, forgives_how_people_copy)
{
    struct buffer text = {0};
    struct secret *share = sample(33, &text);
    char line[256];
    (void)snprintf(line, sizeof line, "share 1 of 3: %s", buffer_text(&text));
    reads_as(line, share);
    (void)snprintf(line, sizeof line, "第 1 份，共 3 份：%s\r", buffer_text(&text));
    reads_as(line, share);
    char *c = line;
    for (const char *from = buffer_text(&text); *from != '\0'; from++) {
        if (*from == '0')
            *c++ = 'O';
        else if (*from == '1')
            *c++ = 'l';
        else
            *c++ = *from == '-' ? ' ' : (char)tolower(*from);
    }
    *c = '\0';
    reads_as(line, share);
    secret_free(share);
    buffer_free(&text);
}

Test(cli_share, every_wrong_character_is_found)
{
    struct buffer text = {0};
    struct secret *share = sample(33, &text);
    char line[128];
    unsigned unnoticed = 0;
    (void)snprintf(line, sizeof line, "%s", buffer_text(&text));
    for (size_t i = 0; line[i] != '\0'; i++) {
        char before = line[i];
        for (const char *c = alphabet; before != '-' && *c != '\0'; c++) {
            struct secret *again = NULL;
            line[i] = *c;
            if (*c != before && share_text_read(bytes_of_text(line), &again, NULL) == VAULT_OK)
                unnoticed++;
            secret_free(again);
        }
        line[i] = before;
    }
    cr_assert_eq(unnoticed, 0);
    secret_free(share);
    buffer_free(&text);
}

Test(cli_share, refuses_and_never_quotes)
{
    static const char *const bad[] = {"", "UUUU", "06KY-95Q2", "06KY 95Q2 DWZE V4P!", "\xff\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct secret *share = NULL;
        struct failure failure = {0};
        cr_assert_eq(share_text_read(bytes_of_text(bad[i]), &share, &failure), VAULT_EINPUT);
        cr_assert_null(share);
        cr_assert_null(strstr(failure.text, "06KY"));
    }
}

Test(cli_share, a_sheet_is_joined_with_sizes_before)
{
    struct buffer one = {0};
    struct buffer sheet = {0};
    struct secret *joined = NULL;
    struct secret *share = sample(33, &one);
    buffer_put_format(
        &sheet, "# typed by amy\n\nshare 1 of 3: %s\n%s\n", buffer_text(&one), buffer_text(&one));
    cr_assert_eq(share_text_read_all(buffer_bytes(&sheet), &joined, NULL), VAULT_OK);
    struct bytes bytes = secret_bytes(joined);
    cr_assert_eq(bytes.size, 2 * 34);
    cr_assert_eq(bytes.data[0], 33);
    cr_assert_eq(bytes.data[34], 33);
    cr_assert(bytes_equal(bytes_of(bytes.data + 35, 33), secret_bytes(share)));
    secret_free(joined);
    secret_free(share);
    buffer_free(&one);
    buffer_free(&sheet);
}

Test(cli_share, a_sheet_names_the_line_that_is_wrong)
{
    struct secret *joined = NULL;
    struct failure failure = {0};
    cr_assert_eq(share_text_read_all(bytes_of_text("# x\nAAAA\n"), &joined, &failure), VAULT_EINPUT);
    cr_assert_eq(strncmp(failure.text, "line 2: ", 8), 0);
    cr_assert_null(joined);
    failure_clear(&failure);
    cr_assert_eq(share_text_read_all(bytes_of_text("# only a remark\n"), &joined, &failure), VAULT_EINPUT);
}
