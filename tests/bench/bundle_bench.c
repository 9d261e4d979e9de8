/* What evidence costs.  usage: bundle_bench DIRECTORY [ENTRIES [proofs]]   (an empty directory on the disk to
 * be measured)
 *
 * Makes a log of ENTRIES, then times single proofs, a bundle of the whole log and its audit, each in a
 * process of its own so that its peak memory is its own.  With "proofs", only those.  Prints one line a
 * figure: name, value, unit. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/base/instant.h"
#include "vault/evidence/bundle.h"
#include "vault/evidence/bundle_writer.h"
#include "vault/log/prove.h"

#define GROUP 1024u
#define PROOFS 2000u

struct bench {
    struct log *log;
    struct log_keys keys;
    struct note_key key;
    struct sign_key *person;
    struct failure failure;
    char *directory;
    char *bundle;
};

static void must(struct bench *bench, int result, const char *what)
{
    if (result == VAULT_OK)
        return;
    (void)fprintf(stderr, "bundle_bench: %s: %s %s\n", what, vault_error_text(result), bench->failure.text);
    exit(1);
}

static void say(const char *name, double value, const char *unit)
{
    (void)printf("%-34s %12.3f %s\n", name, value, unit);
    (void)fflush(stdout);
}

static double seconds_since(uint64_t start)
{
    return (double)(instant_monotonic() - start) / 1e9;
}

/* The machine may be shared: what the work itself took is told beside what passed meanwhile. */
static double cpu_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void say_rate(const char *name, uint64_t entries, uint64_t begun, double cpu)
{
    char line[64];
    say(name, (double)entries / seconds_since(begun), "entries/s");
    (void)snprintf(line, sizeof line, "%s: of one core", name);
    say(line, (double)entries / (cpu_seconds() - cpu), "entries/s");
}

static void start(struct bench *bench, const char *directory)
{
    memset(bench, 0, sizeof *bench);
    must(bench, crypto_start(), "crypto");
    struct secret *seed = secret_random(KEY_SIZE);
    struct secret *person = secret_random(KEY_SIZE);
    bench->keys = (struct log_keys){
        secret_random(KEY_SIZE), sign_key_from_seed(seed), "strongroom.example/bench", ulid_new()};
    bench->person = sign_key_from_seed(person);
    bench->directory = strdup(directory);
    bench->bundle = file_path(directory, "bundle");
    must(bench,
        note_key_make(bench->keys.origin, NOTE_ED25519, sign_key_public(bench->keys.vault_key), &bench->key),
        "key");
    must(bench, log_create(directory, &bench->keys, &bench->log, &bench->failure), "create");
    secret_free(seed);
    secret_free(person);
}

/* An event as a read of a record makes it, of about 700 bytes. */
static json_t *make_members(unsigned person)
{
    char text[1024];
    json_t *members = NULL;
    (void)snprintf(text, sizeof text,
        "{\"actor\":{\"auth\":{\"method\":\"passphrase\"},\"id\":\"u-%u\",\"type\":\"user\"},\"decision\":{"
        "\"effect\":"
        "\"permit\",\"engine\":\"cedar 4.5\",\"policies\":[\"accountant-reads\"],\"policy_hash\":\"sha256:"
        "4f1c2a9e0b7d4f1c2a9e0b7d4f1c2a9e0b7d4f1c2a9e0b7d4f1c2a9e0b7d4f1c\"},\"purpose\":\"task\","
        "\"resources\":"
        "[{\"id\":\"01K000000000000000000%05u\",\"type\":\"record\"}],\"session\":"
        "\"01K00000000000000000000001\","
        "\"src\":{\"host\":\"ws-1\"},\"subject\":{\"id\":\"01K0000000000000000C%05u\"},\"ticket\":\"T-1\"}",
        person, person * 7 % 99999, person * 31 % 99999);
    return json_read(bytes_of_text(text), &members, NULL) == VAULT_OK ? members : NULL;
}

static void fill(struct bench *bench, uint64_t entries)
{
    static struct log_event events[GROUP];
    json_t *members[16];
    uint64_t begun = instant_monotonic();
    uint64_t first;
    for (unsigned i = 0; i < 16; i++)
        members[i] = make_members(i);
    for (unsigned i = 0; i < GROUP; i++)
        events[i] = (struct log_event){"record.read", members[i % 16], bench->person};
    while (log_size(bench->log) < entries) {
        uint64_t left = entries - log_size(bench->log);
        must(bench,
            log_append(bench->log, events, left < GROUP ? (size_t)left : GROUP, &first, &bench->failure),
            "fill");
    }
    say("entries", (double)entries, "");
    say("append in groups", (double)entries / seconds_since(begun), "entries/s");
}

/* --- Proofs --- */

static void prove(struct bench *bench, const char *name,
    int (*make)(struct log *log, uint64_t at, uint64_t size, struct buffer *proof, struct failure *failure))
{
    struct buffer proof = {0};
    uint64_t size = log_size(bench->log);
    double worst = 0;
    double sum = 0;
    char line[64];
    for (uint64_t i = 0; i < PROOFS; i++) {
        buffer_reset(&proof);
        uint64_t begun = instant_monotonic();
        must(bench, make(bench->log, 1 + i * ((size - 2) / PROOFS), size, &proof, &bench->failure), name);
        double seconds = seconds_since(begun);
        sum += seconds;
        worst = seconds > worst ? seconds : worst;
    }
    say(name, sum * 1000 / PROOFS, "ms");
    (void)snprintf(line, sizeof line, "%s, the slowest", name);
    say(line, worst * 1000, "ms");
    buffer_free(&proof);
}

/* --- Bundles --- */

struct writing {
    struct bench *bench;
    struct bundle_writer *writer;
    struct log_prover *prover;
    struct buffer proof;
};

static int put(void *context, uint64_t index, struct bytes leaf)
{
    struct writing *writing = context;
    struct bundle_entry entry = {.index = index, .leaf = leaf};
    writing->proof.size = 0;
    int result = log_prover_inclusion(writing->prover, index, &writing->proof, &writing->bench->failure);
    entry.proof = buffer_bytes(&writing->proof);
    return result == VAULT_OK ? bundle_writer_entry(writing->writer, &entry, &writing->bench->failure)
                              : result;
}

static void write_bundle(struct bench *bench)
{
    struct buffer note = {0};
    struct writing writing = {.bench = bench};
    struct bundle_written written;
    uint64_t size = log_size(bench->log);
    must(bench, log_checkpoint(bench->log, &note, &bench->failure), "checkpoint");
    struct bundle_plan plan = {.out = bench->bundle,
        .checkpoint = buffer_bytes(&note),
        .log_key = &bench->key,
        .signer = bench->keys.vault_key,
        .scope = {.range = true, .end = size},
        .purpose = bytes_of_text("\"bench\""),
        .created = instant_now()};
    double cpu = cpu_seconds();
    uint64_t begun = instant_monotonic();
    must(bench, log_prover_new(bench->log, size, &writing.prover, &bench->failure), "prover");
    must(bench, bundle_writer_new(&plan, &writing.writer, &bench->failure), "bundle");
    must(bench, log_each(bench->log, 0, size, put, &writing, &bench->failure), "entries");
    must(bench, bundle_writer_finish(writing.writer, &written, &bench->failure), "finish");
    must(bench, bundle_writer_place(writing.writer, &bench->failure), "place");
    say_rate("bundle", size, begun, cpu);
    bundle_writer_free(writing.writer);
    log_prover_free(writing.prover);
    buffer_free(&writing.proof);
    buffer_free(&note);
}

static void audit(struct bench *bench)
{
    struct buffer policy = {0};
    struct trust *trust = NULL;
    struct bundle *bundle = NULL;
    struct bundle_report *report = calloc(1, sizeof *report);
    must(bench, trust_format(&bench->key, 1, NULL, 0, 0, &policy), "policy");
    must(bench, trust_parse(buffer_bytes(&policy), &trust, &bench->failure), "policy");
    struct bundle_options options = {.trust = trust, .now = instant_now()};
    double cpu = cpu_seconds();
    uint64_t begun = instant_monotonic();
    must(bench, bundle_check(bench->bundle, &options, &bundle, report, &bench->failure), "audit");
    say_rate("audit", report->told, begun, cpu);
    bundle_free(bundle);
    trust_free(trust);
    free(report);
    buffer_free(&policy);
}

/* Memory that files are mapped into is the kernel's to take back, so it is told apart. */
static void say_memory(const char *name)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        unsigned long kibibytes;
        if (sscanf(line, "RssAnon: %lu", &kibibytes) == 1)
            say(name, (double)kibibytes / 1024, "MiB of its own at the end");
        if (sscanf(line, "VmHWM: %lu", &kibibytes) == 1)
            say(name, (double)kibibytes / 1024, "MiB at most, mapped files too");
    }
    if (status != NULL)
        (void)fclose(status);
}

static void apart(struct bench *bench, const char *name, void (*work)(struct bench *bench))
{
    int status = 0;
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        /* The log is opened anew: what the parent's filling took is not this one's. */
        must(bench, log_open(bench->directory, &bench->keys, &bench->log, &bench->failure), "open");
        work(bench);
        say_memory(name);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        must(bench, VAULT_EINTERNAL, name);
}

/* --- Proofs from a file of nodes alone --- */

struct node_file {
    int file;
    struct hasher *hasher;
    uint64_t size;
};

static int read_node(void *context, unsigned level, uint64_t index, struct hash *hash)
{
    const struct node_file *nodes = context;
    return file_read_at(nodes->file, tree_position(level, index) * HASH_SIZE, hash->data, HASH_SIZE);
}

static void write_nodes(struct bench *bench, struct node_file *nodes)
{
    struct tree_edge edge = {0};
    struct buffer piece = {0};
    struct hash leaf = {{0}};
    while (edge.size < nodes->size) {
        struct hash fresh[TREE_LEVELS + 1];
        memcpy(leaf.data, &edge.size, sizeof edge.size);
        size_t whole = tree_edge_add(&edge, nodes->hasher, &leaf, fresh);
        buffer_put_data(&piece, fresh, whole * sizeof fresh[0]);
        if (piece.size > 1u << 20 || edge.size == nodes->size) {
            must(bench, buffer_error(&piece), "memory");
            must(bench, file_write_all(nodes->file, buffer_bytes(&piece)), "nodes");
            piece.size = 0;
        }
    }
    buffer_free(&piece);
}

static void time_proofs(struct bench *bench, struct node_file *nodes, bool inclusion)
{
    struct tree_nodes tree = {read_node, nodes};
    struct buffer proof = {0};
    double worst = 0;
    double cpu = cpu_seconds();
    const char *name = inclusion ? "inclusion proof" : "consistency proof";
    char line[64];
    uint64_t begun = instant_monotonic();
    for (uint64_t i = 0; i < PROOFS; i++) {
        uint64_t at = 1 + i * ((nodes->size - 2) / PROOFS);
        uint64_t one = instant_monotonic();
        buffer_reset(&proof);
        must(bench,
            (inclusion ? tree_inclusion : tree_consistency)(&tree, nodes->hasher, at, nodes->size, &proof),
            name);
        double seconds = seconds_since(one);
        worst = seconds > worst ? seconds : worst;
    }
    say(name, seconds_since(begun) * 1000 / PROOFS, "ms");
    (void)snprintf(line, sizeof line, "%s: of one core", name);
    say(line, (cpu_seconds() - cpu) * 1000 / PROOFS, "ms");
    (void)snprintf(line, sizeof line, "%s, the slowest", name);
    say(line, worst * 1000, "ms");
    buffer_free(&proof);
}

static void proofs_only(const char *directory, uint64_t size)
{
    struct bench bench = {0};
    struct node_file nodes = {.hasher = hasher_new(), .size = size};
    char *path = file_path(directory, "nodes");
    nodes.file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(&bench, nodes.file < 0 || nodes.hasher == NULL ? VAULT_EIO : VAULT_OK, path);
    write_nodes(&bench, &nodes);
    say("entries", (double)size, "");
    time_proofs(&bench, &nodes, true);
    time_proofs(&bench, &nodes, false);
    (void)close(nodes.file);
    (void)unlink(path);
    hasher_free(nodes.hasher);
    free(path);
}

int main(int count, char **arguments)
{
    struct bench bench;
    if (count < 2) {
        (void)fprintf(stderr, "usage: bundle_bench DIRECTORY [ENTRIES [proofs]]\n");
        return 1;
    }
    uint64_t entries = count > 2 ? strtoull(arguments[2], NULL, 10) : 100000;
    if (count > 3) {
        proofs_only(arguments[1], entries);
        return 0;
    }
    start(&bench, arguments[1]);
    fill(&bench, entries);
    prove(&bench, "inclusion proof", log_inclusion_proof);
    prove(&bench, "consistency proof", log_consistency_proof);
    log_free(bench.log);
    apart(&bench, "bundle's memory", write_bundle);
    apart(&bench, "audit's memory", audit);
    return 0;
}
