/* Tables: wide characters, numbers, narrow terminals, and text that must not reach a terminal as it is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/clean.h"
#include "cli/screen.h"

static const struct column columns[] = {{"no", "NO", COLUMN_TEXT}, {"name", "NAME", COLUMN_TEXT},
    {"amount", "AMOUNT", COLUMN_NUMBER}, {"note", "NOTE", COLUMN_TEXT}, {0}};

static char *made(const char *rows, int width)
{
    int ends[2];
    static char text[65536];
    cr_assert_eq(pipe(ends), 0);
    struct output *output = output_new(ends[1]);
    struct table *table = table_new(output, columns, width);
    json_t *list = json_loads(rows, 0, NULL);
    cr_assert_not_null(list, "%s", rows);
    for (size_t i = 0; i < json_array_size(list); i++)
        cr_assert_eq(table_row(table, json_array_get(list, i)), VAULT_OK);
    (void)table_end(table);
    cr_assert_eq(output_flush(output, NULL), VAULT_OK);
    close(ends[1]);
    ssize_t size = read(ends[0], text, sizeof text - 1);
    text[size < 0 ? 0 : size] = '\0';
    close(ends[0]);
    json_decref(list);
    table_free(table);
    output_free(output);
    return text;
}

Test(cli_table, aligns_by_columns_of_the_terminal)
{
    cr_assert_str_eq(made("[{\"no\":\"1\",\"name\":\"北京大华\",\"amount\":5,\"note\":\"x\"},"
                          "{\"no\":\"22\",\"name\":\"Ledger\",\"amount\":1000}]",
                         0),
        "NO  NAME      AMOUNT  NOTE\n"
        "1   北京大华       5  x\n"
        "22  Ledger      1000\n");
}

Test(cli_table, is_cut_on_a_narrow_terminal_only)
{
    const char *rows =
        "[{\"no\":\"1\",\"name\":\"北京大华贸易有限公司上海分公司\",\"amount\":5,\"note\":\"ok\"}]";
    cr_assert_str_eq(
        made(rows, 34), "NO  NAME              AMOUNT  NOTE\n1   北京大华贸易有…        5  ok\n");
    cr_assert_not_null(strstr(made(rows, 0), "北京大华贸易有限公司上海分公司"));
}

Test(cli_table, shows_every_kind_of_value)
{
    cr_assert_str_eq(
        made("[{\"no\":true,\"name\":[\"a\",\"b\"],\"note\":{\"x\":1,\"y\":\"z\"}},{\"no\":false}]", 0),
        "NO   NAME  AMOUNT  NOTE\nyes  a, b          x 1, y z\nno\n");
}

Test(cli_table, never_passes_controls_to_a_terminal)
{
    char *text = made("[{\"no\":\"1\",\"name\":\"a\\u001b[2Jb\\nc\\u202ed\\u0085\"}]", 0);
    cr_assert_null(strchr(text, '\033'));
    cr_assert_not_null(strstr(text, "a\xef\xbf\xbd[2Jb c\xef\xbf\xbd"
                                    "d\xef\xbf\xbd"));
}

Test(cli_table, long_tables_stream)
{
    char rows[32768] = "[";
    for (unsigned i = 0; i < 2 * TABLE_WINDOW; i++)
        (void)snprintf(
            rows + strlen(rows), sizeof rows - strlen(rows), "%s{\"no\":\"%u\"}", i == 0 ? "" : ",", i);
    strcat(rows, "]");
    char *text = made(rows, 0);
    size_t lines = 0;
    for (char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    cr_assert_eq(lines, 2 * TABLE_WINDOW + 1);
}

Test(cli_clean, cuts_between_characters)
{
    struct buffer out = {0};
    clean_cut(bytes_of_text("北京大华"), 6, &out);
    cr_assert_str_eq(buffer_text(&out), "北京…");
    buffer_reset(&out);
    clean_cut(bytes_of_text("北京大华"), 8, &out);
    cr_assert_str_eq(buffer_text(&out), "北京大华");
    buffer_reset(&out);
    clean_line(bytes_of_text("a\r\nb\tc\xff"), &out);
    cr_assert_str_eq(buffer_text(&out), "a b c\xef\xbf\xbd");
    buffer_free(&out);
}

Test(cli_output, a_full_disk_is_a_failure_that_stays)
{
    FILE *full = fopen("/dev/full", "w");
    struct failure failure = {0};
    cr_assert_not_null(full);
    struct output *output = output_new(fileno(full));
    output_put_text(output, "x");
    cr_assert_not(output_failed(output));
    cr_assert_eq(output_flush(output, &failure), VAULT_EIO);
    cr_assert_not_null(strstr(failure.text, "No space left"));
    output_put_text(output, "y");
    cr_assert_eq(output_flush(output, NULL), VAULT_EIO);
    output_free(output);
    (void)fclose(full);
}
