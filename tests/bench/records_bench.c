/* What the records room costs: rows of about 1 KiB in 20 fields, put, put again, scanned, listed and
 * searched. records_bench [ROWS [put]]; with "put" nothing but that; prints one line a job, CPU time of this
 * process beside wall time. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/instant.h"
#include "vault/records/records.h"

static struct secret *client_secret;
static struct secret *index_secret;

static int client_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    (void)context, (void)client, (void)compartment, (void)failure;
    *key = client_secret;
    return VAULT_OK;
}

static int index_key(void *context, int64_t client, enum compartment compartment, const struct secret **key,
    struct failure *failure)
{
    (void)context, (void)client, (void)compartment, (void)failure;
    *key = index_secret;
    return VAULT_OK;
}

static void must(int result, const struct failure *failure)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "records_bench: %s (%s)\n", failure->text, vault_error_text(result));
    exit(1);
}

struct clock {
    uint64_t wall;
    clock_t cpu;
};

static struct clock now(void)
{
    return (struct clock){.wall = instant_monotonic(), .cpu = clock()};
}

static void tell(const char *job, struct clock from, uint64_t count)
{
    double wall = (double)(instant_monotonic() - from.wall) / 1e9;
    double cpu = (double)(clock() - from.cpu) / CLOCKS_PER_SEC;
    (void)printf("%-28s %9" PRIu64 "  %7.3f s  %9.0f/s  %6.2f us CPU each\n", job, count, wall,
        (double)count / wall, cpu * 1e6 / (double)count);
}

/* An invoice of 20 fields and about 1 KiB. */
static json_t *row_fields(uint64_t number)
{
    static const char *const towns[] = {"北京", "上海", "广州", "深圳", "杭州", "成都", "武汉", "西安"};
    static const char *const trades[] = {"晨光文具", "联创科技", "鑫源建材", "恒通物流", "嘉禾食品"};
    char no[32];
    char amount[32];
    char name[96];
    char tax[32];
    json_t *fields = json_object();
    (void)snprintf(no, sizeof no, "2411%016" PRIu64, number);
    (void)snprintf(amount, sizeof amount, "%" PRIu64 ".%02" PRIu64, number % 100000, number % 100);
    (void)snprintf(
        name, sizeof name, "%s%s第%" PRIu64 "分公司", towns[number % 8], trades[number % 5], number % 9973);
    (void)snprintf(tax, sizeof tax, "91110108%010" PRIu64, number % 9973);
    const char *const members[][2] = {{"direction", "in"}, {"type", "数电票（增值税专用发票）"}, {"no", no},
        {"issue_date", "2024-01-05"}, {"due_date", "2024-02-05"}, {"net", amount}, {"tax", "13.00"},
        {"gross", amount}, {"currency", "CNY"}, {"status", "normal"}, {"drawer", "王小明"},
        {"code", "011002400111"}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        json_object_set_new(fields, members[i][0], json_string(members[i][1]));
    json_object_set_new(fields, "seller",
        json_pack("{s:s,s:s,s:s}", "name", name, "tax_id", tax, "address",
            "北京市海淀区中关村南大街五号院二号楼三层三零一室"));
    json_object_set_new(fields, "buyer",
        json_pack("{s:s,s:s,s:s}", "name", "上海衡信代理记账有限公司", "tax_id", "91310000MA1K35UM6X",
            "address", "上海市浦东新区世纪大道一百号环球金融中心"));
    char remark[360];
    memset(remark, 'x', sizeof remark - 1);
    remark[sizeof remark - 1] = '\0';
    json_object_set_new(fields, "remark", json_string(remark));
    json_object_set_new(fields, "check_code", json_string("12345678901234567890"));
    return fields;
}

static void put_all(struct store *store, struct records *records, const struct permit *permit, json_t **rows,
    uint64_t count, struct record_author *author, const char *job)
{
    struct failure failure = {0};
    struct record_written written;
    uint64_t outcomes[3] = {0};
    struct postings *postings = postings_new(store, POSTINGS_SEARCH, 16 << 20);
    struct clock start = now();
    must(store_begin(store, &failure), &failure);
    for (uint64_t i = 0; i < count; i++) {
        struct draft draft = {
            .kind = KIND_INVOICE, .fields = rows[i], .period = "2024-01", .date = "2024-01-05"};
        (void)snprintf(draft.where, sizeof draft.where, "row %" PRIu64, i);
        must(records_put(records, permit, author, &draft, postings, NULL, &written, &failure), &failure);
        outcomes[written.outcome]++;
        if (i % 5000 == 4999) {
            must(store_commit(store, &failure), &failure);
            must(store_begin(store, &failure), &failure);
        }
    }
    must(postings_flush(postings, &failure), &failure);
    must(store_commit(store, &failure), &failure);
    tell(job, start, count);
    (void)printf("    new %" PRIu64 ", changed %" PRIu64 ", same %" PRIu64 "\n", outcomes[RECORD_NEW],
        outcomes[RECORD_CHANGED], outcomes[RECORD_SAME]);
    postings_free(postings);
}

struct tally {
    uint64_t rows;
    uint64_t bytes;
};

static int count_body(void *context, const struct record_body *body)
{
    struct tally *tally = context;
    tally->rows++;
    tally->bytes += body->fields_json.size;
    return VAULT_OK;
}

static int count_head(void *context, const struct record_head *head)
{
    struct tally *tally = context;
    (void)head;
    tally->rows++;
    return VAULT_OK;
}

static void read_all(struct store *store, struct records *records, const struct permit *permit)
{
    struct failure failure = {0};
    struct tally tally = {0};
    struct statement *statement;
    bool row = true;
    struct clock start = now();
    must(store_query(store, QUERY_RECORD_SCAN, &statement, &failure), &failure);
    bind_number(statement, 1, 1);
    bind_number(statement, 2, 0);
    bind_text(statement, 3, "");
    bind_text(statement, 4, "9999-99");
    for (;;) {
        must(statement_step(statement, &row, &failure), &failure);
        if (!row)
            break;
        tally.rows++;
        tally.bytes += column_bytes(statement, 10).size;
    }
    tell("the store's rows alone", start, tally.rows);
    tally = (struct tally){0};
    start = now();
    must(records_scan_json(records, permit, 1, 0, "", "", count_body, &tally, &failure), &failure);
    tell("records_scan_json", start, tally.rows);
    (void)printf("    %" PRIu64 " bytes of JSON each\n", tally.bytes / tally.rows);
    tally = (struct tally){0};
    start = now();
    must(records_scan(records, permit, 1, 0, "", "", count_body, &tally, &failure), &failure);
    tell("records_scan", start, tally.rows);
    tally = (struct tally){0};
    start = now();
    must(records_list(records, permit, 1, 0, "", "", count_head, &tally, &failure), &failure);
    tell("records_list", start, tally.rows);
}

static void search_all(struct records *records)
{
    static const char *const words[] = {"24110000000000000077", "联创科技第77分公司", "深圳嘉禾"};
    struct failure failure = {0};
    for (size_t i = 0; i < 3; i++) {
        struct numbers rows;
        struct clock start = now();
        must(records_search(records, index_secret, words[i], 100, &rows, &failure), &failure);
        char job[96];
        (void)snprintf(job, sizeof job, "search, %zu found", rows.count);
        tell(job, start, 1);
        numbers_free(&rows);
    }
}

static void fill_store(struct store *store, const struct ulid *client)
{
    struct failure failure = {0};
    struct statement *statement;
    must(store_query(store, QUERY_PORTFOLIO_PUT, &statement, &failure), &failure);
    bind_text(statement, 1, "p");
    bind_number(statement, 2, 0);
    must(statement_run(statement, &failure), &failure);
    must(store_query(store, QUERY_CLIENT_PUT, &statement, &failure), &failure);
    bind_bytes(statement, 1, ulid_bytes(client));
    bind_text(statement, 2, "p");
    bind_null(statement, 3);
    bind_null(statement, 4);
    bind_number(statement, 5, 1);
    bind_bytes(statement, 6, bytes_of_text("card"));
    bind_number(statement, 7, 0);
    must(statement_run(statement, &failure), &failure);
}

int main(int argc, char **argv)
{
    static const int64_t clients[] = {1};
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    char directory[] = "/tmp/records-bench-XXXXXX";
    char path[64];
    struct failure failure = {0};
    struct store *store;
    struct records *records;
    struct record_keys keys = {.client = client_key, .index = index_key};
    if (count == 0 || mkdtemp(directory) == NULL || crypto_start() != VAULT_OK)
        return 1;
    (void)snprintf(path, sizeof path, "%s/store", directory);
    struct secret *key = secret_random(KEY_SIZE);
    client_secret = secret_random(KEY_SIZE);
    index_secret = secret_random(KEY_SIZE);
    struct ulid vault = ulid_new();
    struct record_author author = {
        .client_id = ulid_new(), .client = 1, .user = "li", .at = instant_now(), .seq = 1};
    must(store_create(path, key, &store, &failure), &failure);
    fill_store(store, &author.client_id);
    must(records_new(store, &vault, &keys, &records), &failure);
    struct permit *permit =
        permit_make(&(struct permit_terms){.uses = PERMIT_HEADS | PERMIT_BODIES | PERMIT_WRITE,
            .compartments = 0x7f,
            .clients = clients,
            .client_count = 1});
    json_t **rows = calloc(count, sizeof(json_t *));
    for (uint64_t i = 0; i < count; i++)
        rows[i] = row_fields(i);
    put_all(store, records, permit, rows, count, &author, "put, new");
    if (argc < 3) {
        author.seq = 2;
        put_all(store, records, permit, rows, count, &author, "put, same");
        read_all(store, records, permit);
        search_all(records);
    }
    for (uint64_t i = 0; i < count; i++)
        json_decref(rows[i]);
    free(rows);
    permit_free(permit);
    records_free(records);
    store_free(store);
    secret_free(key);
    secret_free(client_secret);
    secret_free(index_secret);
    static const char *const files[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        char file[80];
        (void)snprintf(file, sizeof file, "%s%s", path, files[i]);
        (void)unlink(file);
    }
    (void)rmdir(directory);
    return 0;
}
