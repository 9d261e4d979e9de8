/* What questions about the policy cost in a vault.  usage: bench_vault DIRECTORY [CLIENTS [EVENTS]]   (must
 * not exist)
 *
 * Makes a vault with 40 accountants and CLIENTS clients, lists them as one accountant (one decision a client,
 * and by what is left of the policy), asks who and what, then fills the log with EVENTS requests, counts and
 * exports them, and simulates a policy that would have refused some.  Prints one line a figure: name, value,
 * unit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "vault/access/inquiry.h"
#include "vault/access/policy_text.h"
#include "vault/access/session_parts.h"
#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/crypto/passphrase.h"
#include "vault/ops/ops.h"

#define PEOPLE 40u
#define GROUP 4096u /* events a sync */
#define ROUNDS 5

static struct failure failure;
static struct session *session;
static struct secret *passphrase;

static void must(int result, const char *what)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "bench_vault: %s: %s (%d)\n", what, failure.text, result);
    exit(1);
}

static void say(const char *name, double value, const char *unit)
{
    (void)printf("%-44s %12.3f %s\n", name, value, unit);
    (void)fflush(stdout);
}

static double seconds_since(uint64_t start)
{
    return (double)(instant_monotonic() - start) / 1e9;
}

static int show_value(void *context, json_t *value)
{
    if (context != NULL && strcmp(context, "value") == 0)
        (void)json_dumpf(value, stderr, JSON_COMPACT);
    return VAULT_OK;
}

static void run(const char *name, json_t *arguments, const struct secret *secret)
{
    struct reply reply = {.value = show_value};
    struct operation_call call = {.name = name, .arguments = arguments, .secret = secret};
    must(operation_run(session, &call, &reply, &failure), name);
    json_decref(arguments);
}

static void open_as(const char *directory, const char *user)
{
    session_free(session);
    struct session_options options = {.directory = directory, .user = user, .passphrase = passphrase};
    must(session_open(&options, &session, &failure), user);
}

/* --- A firm --- */

static void make_clients(const char *directory, unsigned count)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s.clients.csv", directory);
    FILE *file = fopen(path, "w");
    if (file == NULL)
        must(VAULT_EIO, path);
    (void)fputs("客户编号,客户名称,统一社会信用代码,纳税人类型,会计准则,行业\n", file);
    for (unsigned i = 0; i < count; i++)
        (void)fprintf(file, "B%06u,样本第%u商贸有限公司,,小规模纳税人,小企业会计准则,批发和零售业\n", i, i);
    (void)fclose(file);
    run("record.import", json_pack("{s:[s]}", "files", path), NULL);
    (void)remove(path);
}

static void make_firm(const char *directory, unsigned clients)
{
    struct passphrase_cost floor = passphrase_floor();
    struct vault_birth birth;
    struct vault_options options = {.directory = directory,
        .admin = "root",
        .passphrase = passphrase,
        .recovery_needed = 2,
        .recovery_holders = 3,
        .cost = &floor};
    must(vault_create(&options, &birth, &failure), "create");
    vault_birth_free(&birth);
    open_as(directory, "root");
    make_clients(directory, clients);
    for (unsigned i = 0; i < PEOPLE; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "amy%u", i);
        run("user.add", json_pack("{s:s}", "user", user), passphrase);
        run("grant.add", json_pack("{s:s,s:s}", "user", user, "role", "accountant"), NULL);
    }
    for (unsigned i = 0; i < 3; i++) {
        char user[16];
        (void)snprintf(user, sizeof user, "amy%u", i);
        run("assignment.add", json_pack("{s:s,s:s}", "user", user, "portfolio", "main"), NULL);
    }
}

/* --- Listing --- */

struct seen {
    struct client_facts *clients;
    size_t count;
    size_t capacity;
};

static int see(void *context, const struct client_facts *client)
{
    struct seen *seen = context;
    if (seen->count < seen->capacity)
        seen->clients[seen->count] = *client;
    seen->count++;
    return VAULT_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

static void list(unsigned count)
{
    struct seen seen = {.clients = calloc(count, sizeof *seen.clients), .capacity = count};
    struct access_request request = {.action = "client.list"};
    double times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = instant_monotonic();
        seen.count = 0;
        must(access_clients(session, &request, see, &seen, &failure), "residual");
        times[i] = seconds_since(start) * 1000;
    }
    say("clients that may be listed", (double)seen.count, "");
    say("list, by what is left of the policy", median(times), "ms");
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = instant_monotonic();
        for (size_t c = 0; c < seen.capacity && c < seen.count; c++) {
            struct decision decision;
            request.client = &seen.clients[c];
            must(access_decide(session, &request, &decision, &failure), "decide");
            decision_free(&decision);
        }
        times[i] = seconds_since(start) * 1000;
    }
    say("list, one decision a client", median(times), "ms");
    free(seen.clients);
}

static void ask(void)
{
    uint64_t start = instant_monotonic();
    run("policy.what_can", json_pack("{s:s}", "user", "amy0"), NULL);
    say("what-can", seconds_since(start) * 1000, "ms");
    start = instant_monotonic();
    run("policy.who_can", json_pack("{s:s,s:s}", "action", "client.show", "resource", "B000001"), NULL);
    say("who-can", seconds_since(start) * 1000, "ms");
}

/* --- Simulating --- */

static json_t *make_members(const struct seen *clients, unsigned random)
{
    char user[16];
    char client[ULID_TEXT_SIZE];
    char record[ULID_TEXT_SIZE];
    struct ulid id = ulid_new();
    (void)snprintf(user, sizeof user, "amy%u", random % PEOPLE);
    ulid_format(&clients->clients[random / PEOPLE % clients->capacity].id, client);
    ulid_format(&id, record);
    return json_pack("{s:{s:s,s:s,s:{s:s}},s:{s:s,s:s,s:s,s:[s]},s:s,s:s,s:s,s:{s:s},s:[{s:s,s:s}],s:{s:s}}",
        "actor", "id", user, "type", "user", "auth", "method", "passphrase", "decision", "effect", "permit",
        "engine", "cedar-4.5", "policy_hash",
        "sha256:0000000000000000000000000000000000000000000000000000000000000000", "policies",
        "accountant-works-on-assigned-clients", "purpose", random % 3 == 0 ? "tax" : "task", "ticket",
        random % 2 == 0 ? "2026-03" : "2026-04", "session", "01K00000000000000000000001", "src", "host",
        "desk", "resources", "type", "record", "id", record, "subject", "id", client);
}

static void fill(unsigned clients, unsigned events)
{
    struct seen seen = {.clients = calloc(clients, sizeof *seen.clients), .capacity = clients};
    struct access_request request = {.action = "client.list"};
    unsigned random = 1;
    must(access_clients(session, &request, see, &seen, &failure), "clients");
    for (unsigned done = 0; done < events; done += GROUP) {
        struct log_event group[GROUP];
        uint64_t first;
        unsigned size = events - done < GROUP ? events - done : GROUP;
        for (unsigned i = 0; i < size; i++) {
            random = random * 1103515245u + 12345u;
            group[i] = (struct log_event){
                "record.read", make_members(&seen, random / 65536), identity_sign(session_identity(session))};
        }
        must(log_append(session_log(session), group, size, &first, &failure), "append");
        for (unsigned i = 0; i < size; i++) {
            union {
                const json_t *borrowed;
                json_t *owned;
            } members = {.borrowed = group[i].members};
            json_decref(members.owned);
        }
    }
    free(seen.clients);
}

static void simulate(const char *name, const char *rule, unsigned events)
{
    struct buffer text = {0};
    buffer_put(&text, policy_default());
    buffer_put_text(&text, rule);
    uint64_t start = instant_monotonic();
    run("policy.simulate", json_pack("{s:s}", "text", buffer_text(&text)), NULL);
    double seconds = seconds_since(start);
    say(name, seconds, "s");
    say("  requests a second", events / seconds, "");
    buffer_free(&text);
}

/* --- The log, counted and exported --- */

static void say_memory(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    say("peak memory", (double)usage.ru_maxrss / 1024, "MiB");
}

static void export_log(const char *directory, const char *format, unsigned events)
{
    char path[512];
    char name[64];
    (void)snprintf(path, sizeof path, "%s.%s", directory, format);
    (void)snprintf(name, sizeof name, "log export, %s", format);
    uint64_t start = instant_monotonic();
    run("log.export", json_pack("{s:s,s:s}", "format", format, "out", path), NULL);
    double seconds = seconds_since(start);
    say(name, seconds, "s");
    say("  events a second", events / seconds, "");
    (void)remove(path);
}

static void read_log(const char *directory, unsigned events)
{
    run("grant.add", json_pack("{s:s,s:s}", "user", "amy1", "role", "investigator"), NULL);
    open_as(directory, "amy1");
    open_as(directory, "amy1"); /* the first one has indexed what was appended */
    say_memory();
    uint64_t start = instant_monotonic();
    run("log.stats", json_object(), NULL);
    say("log stats", seconds_since(start), "s");
    start = instant_monotonic();
    run("log.stats", json_pack("{s:s,s:s}", "actor", "amy7", "client", "B000007"), NULL);
    say("log stats of a person with a client", seconds_since(start) * 1000, "ms");
    start = instant_monotonic();
    run("log.stats", json_pack("{s:s}", "actor", "amy7"), NULL);
    say("log stats of a person", seconds_since(start) * 1000, "ms");
    export_log(directory, "ocsf", events);
    export_log(directory, "cef", events);
    export_log(directory, "syslog", events);
    start = instant_monotonic();
    run("log.diff_authority", json_pack("{s:s}", "from", "2001-01-01"), NULL);
    say("log diff-authority, all of it", seconds_since(start), "s");
    say_memory();
    open_as(directory, "root");
}

int main(int count, char **arguments)
{
    if (count < 2) {
        (void)fprintf(stderr, "usage: bench_vault DIRECTORY [CLIENTS [EVENTS]]\n");
        return 1;
    }
    unsigned clients = count > 2 ? (unsigned)strtoul(arguments[2], NULL, 10) : 10000;
    unsigned events = count > 3 ? (unsigned)strtoul(arguments[3], NULL, 10) : 1000000;
    must(crypto_start(), "crypto");
    passphrase = secret_copy(bytes_of_text("a passphrase of a bench"));
    make_firm(arguments[1], clients);
    open_as(arguments[1], "amy0");
    list(clients);
    open_as(arguments[1], "root");
    ask();
    fill(clients, events);
    say("requests in the log", events, "");
    read_log(arguments[1], events);
    simulate("simulate",
        "@id(\"tax-only\") forbid (principal, action == Action::\"record.read\", resource) "
        "unless { context has purpose && context.purpose.code == \"tax\" };",
        events);
    simulate("simulate, a rule about the time",
        "@id(\"late\") forbid (principal, action == Action::\"record.read\", "
        "resource) when { context.time.toTime() > duration(\"12h\") };",
        events);
    simulate("simulate, a rule about counters",
        "@id(\"slow\") forbid (principal, action == Action::\"record.read\", "
        "resource) when { context.hour > 1000 };",
        events);
    say_memory();
    session_free(session);
    secret_free(passphrase);
    return 0;
}
