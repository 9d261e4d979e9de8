#include "vault/evidence/trust.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX (TRUST_WITNESSES_MAX + TRUST_GROUPS_MAX)
#define WORDS_MAX (NAMES_MAX + 3)

/* What a quorum or a group can name.  A witness stands for itself; a group counts members that stand before
 * it. */
struct node {
    struct bytes name;
    bool is_witness;
    bool taken; /* is a member of some group already */
    size_t witness;
    size_t threshold;
    size_t member_count;
    size_t members[NAMES_MAX];
};

struct trust {
    struct buffer text; /* what names and addresses borrow from */
    size_t log_count;
    size_t witness_count;
    size_t group_count;
    size_t node_count;
    size_t quorum; /* a node, or NO_NODE */
    bool has_quorum;
    struct note_key logs[TRUST_LOGS_MAX];
    struct trust_witness witnesses[TRUST_WITNESSES_MAX];
    struct node nodes[NAMES_MAX];
};

#define NO_NODE SIZE_MAX

struct line {
    size_t number;
    size_t count;
    struct bytes words[WORDS_MAX];
    struct failure *failure;
};

static int wrong(const struct line *line, const char *what)
{
    return failure_set(line->failure, VAULT_EINPUT, "policy, line %zu: %s", line->number, what);
}

static bool is(struct bytes word, const char *text)
{
    return bytes_equal(word, bytes_of_text(text));
}

static size_t find(const struct trust *trust, struct bytes name)
{
    for (size_t i = 0; i < trust->node_count; i++)
        if (bytes_equal(trust->nodes[i].name, name))
            return i;
    return NO_NODE;
}

/* One public key may stand once among the logs and once among the witnesses, but not in both: whoever signs
 * the log cannot vouch for it. */
static bool key_known(const struct trust *trust, const struct note_key *key)
{
    for (size_t i = 0; i < trust->log_count; i++)
        if (memcmp(trust->logs[i].public_key, key->public_key, SIGN_PUBLIC_SIZE) == 0)
            return true;
    for (size_t i = 0; i < trust->witness_count; i++)
        if (memcmp(trust->witnesses[i].key.public_key, key->public_key, SIGN_PUBLIC_SIZE) == 0)
            return true;
    return false;
}

static int read_key(
    const struct trust *trust, const struct line *line, struct bytes word, uint8_t type, struct note_key *key)
{
    if (note_key_parse(word, key) != VAULT_OK)
        return wrong(line, "not a key of the form NAME+ID+BASE64");
    if (key->type != type)
        return wrong(line,
            type == NOTE_ED25519 ? "a log's key must be of type 1" : "a witness's key must be of type 4");
    if (key_known(trust, key))
        return wrong(line, "this public key stands in the policy already");
    return VAULT_OK;
}

static int add_log(struct trust *trust, const struct line *line)
{
    if (line->count < 2 || line->count > 3)
        return wrong(line, "write: log VKEY [URL]");
    if (trust->log_count == TRUST_LOGS_MAX)
        return failure_set(line->failure, VAULT_ELIMIT, "policy, line %zu: too many logs", line->number);
    int result = read_key(trust, line, line->words[1], NOTE_ED25519, &trust->logs[trust->log_count]);
    if (result == VAULT_OK)
        trust->log_count++;
    return result;
}

static int add_node(struct trust *trust, const struct line *line, struct bytes name, struct node **node)
{
    if (is(name, "none"))
        return wrong(line, "'none' is no name for a witness or a group");
    if (find(trust, name) != NO_NODE)
        return wrong(line, "this name is taken");
    *node = &trust->nodes[trust->node_count];
    memset(*node, 0, sizeof **node);
    (*node)->name = name;
    return VAULT_OK;
}

static int add_witness(struct trust *trust, const struct line *line)
{
    struct node *node = NULL;
    if (line->count < 3 || line->count > 4)
        return wrong(line, "write: witness NAME VKEY [URL]");
    if (trust->witness_count == TRUST_WITNESSES_MAX)
        return failure_set(line->failure, VAULT_ELIMIT, "policy, line %zu: too many witnesses", line->number);
    struct trust_witness *witness = &trust->witnesses[trust->witness_count];
    int result = add_node(trust, line, line->words[1], &node);
    if (result == VAULT_OK)
        result = read_key(trust, line, line->words[2], NOTE_COSIGNATURE, &witness->key);
    if (result != VAULT_OK)
        return result;
    witness->name = line->words[1];
    witness->url = line->count == 4 ? line->words[3] : bytes_of(NULL, 0);
    node->is_witness = true;
    node->witness = trust->witness_count++;
    trust->node_count++;
    return VAULT_OK;
}

static bool read_threshold(struct bytes word, size_t members, size_t *threshold)
{
    size_t value = 0;
    if (is(word, "any") || is(word, "all")) {
        *threshold = is(word, "any") ? 1 : members;
        return true;
    }
    if (word.size == 0 || word.size > 4 || word.data[0] == '0')
        return false;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return false;
        value = value * 10 + (size_t)(word.data[i] - '0');
    }
    *threshold = value;
    return value <= members;
}

static int add_group(struct trust *trust, const struct line *line)
{
    struct node *node = NULL;
    if (line->count < 4)
        return wrong(line, "write: group NAME all|any|K MEMBER…");
    if (trust->group_count == TRUST_GROUPS_MAX)
        return failure_set(line->failure, VAULT_ELIMIT, "policy, line %zu: too many groups", line->number);
    int result = add_node(trust, line, line->words[1], &node);
    if (result != VAULT_OK)
        return result;
    if (!read_threshold(line->words[2], line->count - 3, &node->threshold))
        return wrong(line, "a group needs all, any, or a number from 1 to that of its members");
    for (size_t i = 3; i < line->count; i++) {
        size_t member = find(trust, line->words[i]);
        if (member == NO_NODE)
            return wrong(line, "a member that no line above names");
        if (trust->nodes[member].taken)
            return wrong(line, "a member that belongs to a group already");
        trust->nodes[member].taken = true;
        node->members[node->member_count++] = member;
    }
    trust->group_count++;
    trust->node_count++;
    return VAULT_OK;
}

static int set_quorum(struct trust *trust, const struct line *line)
{
    if (line->count != 2)
        return wrong(line, "write: quorum NAME|none");
    if (trust->has_quorum)
        return wrong(line, "a second quorum");
    trust->has_quorum = true;
    trust->quorum = find(trust, line->words[1]);
    if (trust->quorum == NO_NODE && !is(line->words[1], "none"))
        return wrong(line, "a quorum that no line above names");
    return VAULT_OK;
}

static int read_line(struct trust *trust, const struct line *line)
{
    static const struct {
        const char *word;
        int (*read)(struct trust *trust, const struct line *line);
    } kinds[] = {{"log", add_log}, {"witness", add_witness}, {"group", add_group}, {"quorum", set_quorum}};
    if (line->count == 0)
        return VAULT_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is(line->words[0], kinds[i].word))
            return kinds[i].read(trust, line);
    return wrong(line, "neither log, witness, group nor quorum");
}

/* Words between blanks and tabs; none in a comment. */
static int split(struct bytes text, struct line *line)
{
    size_t at = 0;
    line->count = 0;
    for (;;) {
        while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\t'))
            at++;
        if (at == text.size || (line->count == 0 && text.data[at] == '#'))
            return VAULT_OK;
        size_t start = at;
        while (at < text.size && text.data[at] != ' ' && text.data[at] != '\t')
            at++;
        if (line->count == WORDS_MAX)
            return failure_set(line->failure, VAULT_ELIMIT, "policy, line %zu: too many words", line->number);
        line->words[line->count++] = bytes_of(text.data + start, at - start);
    }
}

static int check_octets(struct bytes text, struct failure *failure)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            return failure_set(failure, VAULT_EINPUT, "policy: a control character at byte %zu", i);
    }
    return VAULT_OK;
}

static int read_lines(struct trust *trust, struct failure *failure)
{
    struct line line = {.failure = failure};
    struct bytes rest = buffer_bytes(&trust->text);
    int result = check_octets(rest, failure);
    while (result == VAULT_OK && rest.size > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        size_t size = end == NULL ? rest.size : (size_t)(end - rest.data);
        line.number++;
        result = split(bytes_of(rest.data, size), &line);
        if (result == VAULT_OK)
            result = read_line(trust, &line);
        size += end != NULL;
        rest = bytes_of(rest.data + size, rest.size - size);
    }
    if (result == VAULT_OK && !trust->has_quorum)
        result = failure_set(failure, VAULT_EINPUT, "policy: no quorum line");
    return result;
}

int trust_parse(struct bytes text, struct trust **trust, struct failure *failure)
{
    *trust = NULL;
    if (text.size > TRUST_SIZE_MAX)
        return failure_set(failure, VAULT_ELIMIT, "policy: longer than %zu bytes", TRUST_SIZE_MAX);
    struct trust *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return failure_set(failure, VAULT_ENOMEM, "no memory for a policy");
    fresh->quorum = NO_NODE;
    buffer_put(&fresh->text, text);
    int result = buffer_error(&fresh->text);
    if (result == VAULT_OK)
        result = read_lines(fresh, failure);
    if (result == VAULT_OK)
        *trust = fresh;
    else
        trust_free(fresh);
    return result;
}

void trust_free(struct trust *trust)
{
    if (trust == NULL)
        return;
    buffer_free(&trust->text);
    free(trust);
}

size_t trust_log_count(const struct trust *trust)
{
    return trust->log_count;
}

const struct note_key *trust_log(const struct trust *trust, size_t index)
{
    return &trust->logs[index];
}

size_t trust_witness_count(const struct trust *trust)
{
    return trust->witness_count;
}

const struct trust_witness *trust_witness(const struct trust *trust, size_t index)
{
    return &trust->witnesses[index];
}

bool trust_needs_witness(const struct trust *trust)
{
    return trust->quorum != NO_NODE;
}

bool trust_quorum(const struct trust *trust, const bool *cosigned)
{
    bool met[NAMES_MAX] = {false};
    for (size_t i = 0; i < trust->node_count; i++) {
        const struct node *node = &trust->nodes[i];
        size_t count = 0;
        for (size_t j = 0; j < node->member_count; j++)
            count += met[node->members[j]];
        met[i] = node->is_witness ? cosigned[node->witness] : count >= node->threshold;
    }
    return trust->quorum == NO_NODE || met[trust->quorum];
}

/* --- Checkpoints --- */

static const char *check_log(const struct trust *trust, const struct note *note, struct trust_found *found)
{
    bool named = false;
    for (size_t i = 0; i < trust->log_count; i++) {
        const struct note_key *key = &trust->logs[i];
        int result = note_verify(note, key, NULL);
        if (result == VAULT_EFORGED)
            return "a signature of a known log does not verify";
        if (!bytes_equal(found->checkpoint.origin, bytes_of_text(key->name)))
            continue;
        named = true;
        if (result == VAULT_OK)
            found->log = key;
        else if (result != VAULT_ENOTFOUND)
            return "no memory to check a signature";
    }
    if (found->log != NULL)
        return NULL;
    return named ? "not signed by the log's key" : "of a log that the policy does not know";
}

static const char *check_witnesses(
    const struct trust *trust, const struct note *note, uint64_t now, struct trust_found *found)
{
    for (size_t i = 0; i < trust->witness_count; i++) {
        uint64_t time = 0;
        int result = note_verify(note, &trust->witnesses[i].key, &time);
        if (result == VAULT_ENOTFOUND)
            continue;
        if (result != VAULT_OK)
            return result == VAULT_EFORGED ? "a cosignature of a known witness does not verify"
                                           : "no memory to check a signature";
        if (time > now)
            return "a cosignature from the future (is this machine's clock right?)";
        found->cosigned[i] = true;
        found->times[i] = time;
        found->cosignatures++;
        found->first = found->first == 0 || time < found->first ? time : found->first;
        found->last = time > found->last ? time : found->last;
    }
    return NULL;
}

const char *trust_check(const struct trust *trust, struct bytes raw, uint64_t now, struct trust_found *found)
{
    struct note note;
    memset(found, 0, sizeof *found);
    if (note_parse(raw, &note) != VAULT_OK)
        return "not a signed note";
    if (checkpoint_parse(note.text, &found->checkpoint) != VAULT_OK)
        return "not a checkpoint of three lines";
    const char *why = check_log(trust, &note, found);
    return why != NULL ? why : check_witnesses(trust, &note, now, found);
}

/* --- Writing --- */

int trust_format(const struct note_key *logs, size_t log_count, const struct trust_witness *witnesses,
    size_t witness_count, size_t quorum, struct buffer *text)
{
    if (quorum > witness_count)
        return VAULT_EUSAGE;
    for (size_t i = 0; i < log_count; i++) {
        buffer_put_text(text, "log ");
        note_key_format(&logs[i], text);
        buffer_put_u8(text, '\n');
    }
    for (size_t i = 0; i < witness_count; i++) {
        buffer_put_text(text, "witness ");
        buffer_put(text, witnesses[i].name);
        buffer_put_u8(text, ' ');
        note_key_format(&witnesses[i].key, text);
        if (witnesses[i].url.size > 0)
            buffer_put_u8(text, ' ');
        buffer_put(text, witnesses[i].url);
        buffer_put_u8(text, '\n');
    }
    if (quorum == 0) {
        buffer_put_text(text, "quorum none\n");
        return buffer_error(text);
    }
    buffer_put_format(text, "group witnesses %zu", quorum);
    for (size_t i = 0; i < witness_count; i++) {
        buffer_put_u8(text, ' ');
        buffer_put(text, witnesses[i].name);
    }
    buffer_put_text(text, "\nquorum witnesses\n");
    return buffer_error(text);
}
