#include "vault/formats/table_head_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"

static int hold(struct table_head *head, const struct row *row)
{
    size_t cells_size = row->count * sizeof(struct cell);
    size_t size = cells_size;
    for (size_t i = 0; i < row->count; i++)
        size += row->cells[i].size + 1;
    void *block = malloc(size + 1);
    if (block == NULL)
        return VAULT_ENOMEM;
    struct cell *cells = block;
    char *text = (char *)block + cells_size;
    for (size_t i = 0; i < row->count; i++) {
        cells[i] = row->cells[i];
        cells[i].data = memcpy(text, row->cells[i].data, row->cells[i].size + 1);
        text += row->cells[i].size + 1;
    }
    head->blocks[head->count] = block;
    head->rows[head->count++] = (struct row){.cells = cells, .count = row->count, .number = row->number};
    head->size += size;
    return VAULT_OK;
}

int table_head_read(struct table_head *head, struct row_source *source, struct failure *failure)
{
    struct row row;
    int result = VAULT_OK;
    while (result == VAULT_OK && head->count < TABLE_HEAD_ROWS && head->size < TABLE_HEAD_BYTES) {
        int more = source->next(source->context, &row, failure);
        if (more <= 0) {
            head->ended = more == 0;
            return more;
        }
        result = hold(head, &row);
    }
    return result;
}

void table_head_free(struct table_head *head)
{
    for (size_t i = 0; i < head->count; i++)
        free(head->blocks[i]);
    memset(head, 0, sizeof *head);
}

static const struct layout *const layouts[] = {&layout_own, &layout_datev, &layout_sheet, &layout_plain};

const struct layout *table_head_choose(
    const struct table_head *head, const struct layout *forced, size_t *index, const void **choice, int *sure)
{
    const struct layout *best = NULL;
    *sure = 0;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (forced != NULL && layouts[i] != forced)
            continue;
        for (size_t k = 0; k < head->count; k++) {
            const void *found = NULL;
            int score = layouts[i]->match(head->rows, head->count, k, &found);
            if (score > *sure) {
                best = layouts[i];
                *sure = score;
                *index = k;
                *choice = found;
            }
        }
    }
    return best;
}

static const char *after(const char *text, const char *word)
{
    const char *found = strstr(text, word);
    return found == NULL ? NULL : found + strlen(word);
}

/* "共43笔记录", "共：43笔" */
static void hint_rows(const char *text, struct table *table)
{
    const char *at = after(text, "共");
    if (at == NULL || table->stated_rows[0] != '\0')
        return;
    if (strncmp(at, "：", 3) == 0)
        at += 3;
    size_t digits = strspn(at, "0123456789");
    if (digits > 0 && digits < sizeof table->stated_rows && strncmp(at + digits, "笔", 3) == 0)
        (void)snprintf(table->stated_rows, sizeof table->stated_rows, "%.*s", (int)digits, at);
}

/* "2024年01月" */
static void hint_month(const char *text, struct table *table)
{
    int year, month;
    const char *found = strstr(text, "年");
    if (found == NULL || found - text < 4 || table->statement_year != 0)
        return;
    if (sscanf(found - 4, "%4d年%2d月", &year, &month) == 2 && year > 1900 && month >= 1 && month <= 12) {
        table->statement_year = year;
        table->statement_month = month;
    }
}

/* "卡号: 1234****9876" */
static void hint_account(const char *text, struct table *table)
{
    static const char *const words[] = {"卡号", "账号", "帐号", "账户"};
    for (size_t i = 0; i < sizeof words / sizeof *words && table->statement_account[0] == '\0'; i++) {
        const char *at = after(text, words[i]);
        if (at == NULL)
            continue;
        at += strspn(at, " \t:");
        if (strncmp(at, "：", 3) == 0)
            at += 3;
        at += strspn(at, " \t");
        size_t size = strspn(at, "0123456789*-");
        if (size >= 8 && size < sizeof table->statement_account)
            (void)snprintf(table->statement_account, sizeof table->statement_account, "%.*s", (int)size, at);
    }
}

void table_head_hints(const struct table_head *head, size_t headings, struct table *table)
{
    for (size_t i = 0; i < headings; i++) {
        for (size_t k = 0; k < head->rows[i].count; k++) {
            const char *text = head->rows[i].cells[k].data;
            hint_rows(text, table);
            hint_month(text, table);
            hint_account(text, table);
        }
    }
}
