/* Policies of trust: what they say, what is refused, and which cosignatures make a quorum. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/evidence/trust.h"

#define ORIGIN "vault.example/a"
#define NOW UINT64_C(1800000000)

static struct sign_key *signer(int value)
{
    uint8_t seed[KEY_SIZE];
    cr_assert_eq(crypto_start(), VAULT_OK);
    memset(seed, value, sizeof seed);
    struct secret *secret = secret_copy(bytes_of(seed, sizeof seed));
    struct sign_key *key = sign_key_from_seed(secret);
    cr_assert_not_null(key);
    secret_free(secret);
    return key;
}

/* "%A" to "%H" stand for witness keys 1 to 8, "%L" for the log's key, "%M" for the log's key as a witness. */
static void put_policy(const char *pattern, struct buffer *text)
{
    for (; *pattern != '\0'; pattern++) {
        if (*pattern != '%') {
            buffer_put_u8(text, (uint8_t)*pattern);
            continue;
        }
        char letter = *++pattern;
        bool log = letter == 'L';
        struct note_key key;
        struct sign_key *pair = signer(letter == 'L' || letter == 'M' ? 100 : letter - 'A' + 1);
        char name[] = "witness.example/?";
        name[sizeof name - 2] = letter;
        cr_assert_eq(note_key_make(log ? ORIGIN : name, log ? NOTE_ED25519 : NOTE_COSIGNATURE,
                         sign_key_public(pair), &key),
            VAULT_OK);
        note_key_format(&key, text);
        sign_key_free(pair);
    }
}

static int parse(const char *pattern, struct trust **trust, struct failure *failure)
{
    struct buffer text = {0};
    put_policy(pattern, &text);
    int result = trust_parse(buffer_bytes(&text), trust, failure);
    buffer_free(&text);
    return result;
}

Test(evidence_trust, says_which_logs_and_witnesses_there_are)
{
    struct trust *trust = NULL;
    cr_assert_eq(parse("# who we trust\n\n \t log\t%L\n  witness a %A https://a.example/ \nwitness b %B\n"
                       "group both all a b\nquorum both",
                     &trust, NULL),
        VAULT_OK);
    cr_assert_eq(trust_log_count(trust), 1);
    cr_assert_str_eq(trust_log(trust, 0)->name, ORIGIN);
    cr_assert_eq(trust_witness_count(trust), 2);
    cr_assert(bytes_equal(trust_witness(trust, 0)->url, bytes_of_text("https://a.example/")));
    cr_assert(bytes_equal(trust_witness(trust, 1)->name, bytes_of_text("b")));
    cr_assert_eq(trust_witness(trust, 1)->url.size, 0);
    cr_assert(trust_needs_witness(trust));
    trust_free(trust);
}

Test(evidence_trust, refuses_what_is_no_policy_and_names_the_line)
{
    static const struct {
        const char *text;
        const char *place;
    } wrong[] = {
        {"log %L\n", "no quorum"},
        {"", "no quorum"},
        {"quorum none\nquorum none\n", "line 2"},
        {"quorum a\nwitness a %A\n", "line 1"},
        {"witness a %A\nwitness a %B\nquorum a\n", "line 2"},
        {"witness a %A\nwitness b %A\nquorum a\n", "line 2"},
        {"witness none %A\nquorum none\n", "line 1"},
        {"log %L\nlog %L\nquorum none\n", "line 2"},
        {"log %L\nwitness m %M\nquorum m\n", "line 2"},
        {"log %A\nquorum none\n", "line 1"},
        {"witness a %L\nquorum a\n", "line 1"},
        {"witness a\nquorum none\n", "line 1"},
        {"witness a %A url more\nquorum none\n", "line 1"},
        {"log vault.example/a+00000000+AAAA\nquorum none\n", "line 1"},
        {"witness a %A\ngroup g all b\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g all g\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g all a a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g all a\ngroup h any a\nquorum g\n", "line 3"},
        {"witness a %A\ngroup g 0 a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g 2 a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g 01 a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g -1 a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g some a\nquorum g\n", "line 2"},
        {"witness a %A\ngroup g any\nquorum g\n", "line 2"},
        {"witness a %A\ngroup a any a\nquorum a\n", "line 2"},
        {"quorum none more\n", "line 1"},
        {"Quorum none\n", "line 1"},
        {"quorum none\r\n", "byte 11"},
        {"quorum none\n\x7f", "byte 12"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct failure failure = {0};
        struct trust *trust = NULL;
        cr_expect_eq(parse(wrong[i].text, &trust, &failure), VAULT_EINPUT, "%s", wrong[i].text);
        cr_expect_null(trust);
        cr_expect_not_null(strstr(failure.text, wrong[i].place), "%s: %s", wrong[i].text, failure.text);
    }
}

Test(evidence_trust, refuses_more_than_it_has_room_for)
{
    struct buffer text = {0};
    struct trust *trust = NULL;
    put_policy("witness w %A\ngroup g0 any w\n", &text);
    for (int i = 1; i < TRUST_GROUPS_MAX; i++)
        buffer_put_format(&text, "group g%d any g%d\n", i, i - 1);
    buffer_put_format(&text, "quorum g%d\n", TRUST_GROUPS_MAX - 1);
    cr_assert_eq(trust_parse(buffer_bytes(&text), &trust, NULL), VAULT_OK);
    trust_free(trust);
    buffer_put_format(&text, "group more any g%d\n", TRUST_GROUPS_MAX - 1);
    cr_assert_eq(trust_parse(buffer_bytes(&text), &trust, NULL), VAULT_ELIMIT);
    buffer_free(&text);
}

Test(evidence_trust, a_quorum_counts_as_its_groups_say)
{
    struct trust *trust = NULL;
    cr_assert_eq(parse("witness a %A\nwitness b %B\nwitness c %C\ngroup x 2 a b c\n"
                       "witness d %D\nwitness e %E\ngroup y any d e\ngroup both all x y\nquorum both\n",
                     &trust, NULL),
        VAULT_OK);
    for (unsigned set = 0; set < 32; set++) {
        bool cosigned[TRUST_WITNESSES_MAX] = {false};
        for (unsigned i = 0; i < 5; i++)
            cosigned[i] = (set >> i & 1) != 0;
        bool wanted = cosigned[0] + cosigned[1] + cosigned[2] >= 2 && (cosigned[3] || cosigned[4]);
        cr_expect_eq(trust_quorum(trust, cosigned), wanted, "%u", set);
    }
    trust_free(trust);
}

static void put_cosignature(char letter, uint64_t time, struct bytes text, struct buffer *note)
{
    struct buffer message = {0};
    struct note_key key;
    uint8_t data[NOTE_KEY_ID_SIZE + 8 + SIGNATURE_SIZE];
    char name[] = "witness.example/?";
    name[sizeof name - 2] = letter;
    struct sign_key *pair = signer(letter - 'A' + 1);
    cr_assert_eq(note_key_make(name, NOTE_COSIGNATURE, sign_key_public(pair), &key), VAULT_OK);
    buffer_put_format(&message, "cosignature/v1\ntime %llu\n", (unsigned long long)time);
    buffer_put(&message, text);
    memcpy(data, key.id, NOTE_KEY_ID_SIZE);
    for (int i = 0; i < 8; i++)
        data[NOTE_KEY_ID_SIZE + i] = (uint8_t)(time >> (56 - 8 * i));
    sign(pair, buffer_bytes(&message), data + NOTE_KEY_ID_SIZE + 8);
    buffer_put_format(note, "\xe2\x80\x94 %s ", name);
    base64_encode(bytes_of(data, sizeof data), note);
    buffer_put_u8(note, '\n');
    buffer_free(&message);
    sign_key_free(pair);
}

/* A checkpoint of the log of the policies above. */
static void put_checkpoint(struct buffer *text, struct buffer *note)
{
    struct note_key key;
    struct checkpoint checkpoint = {bytes_of_text(ORIGIN), 7, {{7}}};
    struct sign_key *pair = signer(100);
    cr_assert_eq(note_key_make(ORIGIN, NOTE_ED25519, sign_key_public(pair), &key), VAULT_OK);
    checkpoint_format(&checkpoint, text);
    cr_assert_eq(checkpoint_sign(&checkpoint, &key, pair, note), VAULT_OK);
    sign_key_free(pair);
}

Test(evidence_trust, a_checkpoint_carries_who_signed_it_and_when)
{
    struct trust *trust = NULL;
    struct trust_found found;
    struct buffer text = {0};
    struct buffer note = {0};
    cr_assert_eq(
        parse("log %L\nwitness a %A\nwitness b %B\ngroup g all a b\nquorum g\n", &trust, NULL), VAULT_OK);
    put_checkpoint(&text, &note);
    cr_assert_null(trust_check(trust, buffer_bytes(&note), NOW, &found));
    cr_assert_eq(found.cosignatures, 0);
    cr_assert_not(trust_quorum(trust, found.cosigned));
    put_cosignature('C', 3, buffer_bytes(&text), &note); /* unknown: ignored */
    put_cosignature('B', NOW, buffer_bytes(&text), &note);
    put_cosignature('A', NOW - 5, buffer_bytes(&text), &note);
    cr_assert_null(trust_check(trust, buffer_bytes(&note), NOW, &found));
    cr_assert_eq(found.cosignatures, 2);
    cr_assert_eq(found.first, NOW - 5);
    cr_assert_eq(found.last, NOW);
    cr_assert_eq(found.checkpoint.size, 7);
    cr_assert(trust_quorum(trust, found.cosigned));
    /* One second earlier, it would be from the future. */
    cr_assert_not_null(trust_check(trust, buffer_bytes(&note), NOW - 1, &found));
    trust_free(trust);
    buffer_free(&text);
    buffer_free(&note);
}

Test(evidence_trust, every_changed_byte_of_a_known_line_is_refused)
{
    struct trust *trust = NULL;
    struct trust_found found;
    struct buffer text = {0};
    struct buffer note = {0};
    cr_assert_eq(parse("log %L\nwitness a %A\nquorum a\n", &trust, NULL), VAULT_OK);
    put_checkpoint(&text, &note);
    put_cosignature('A', NOW, buffer_bytes(&text), &note);
    for (size_t i = 0; i < note.size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            note.data[i] ^= (uint8_t)(1u << bit);
            const char *why = trust_check(trust, buffer_bytes(&note), NOW, &found);
            /* A changed name or key id makes a stranger of the witness, and then the quorum is missed. */
            cr_expect(why != NULL || !trust_quorum(trust, found.cosigned), "byte %zu", i);
            note.data[i] ^= (uint8_t)(1u << bit);
        }
    trust_free(trust);
    buffer_free(&text);
    buffer_free(&note);
}

Test(evidence_trust, another_log_of_the_same_name_is_not_believed)
{
    struct trust *trust = NULL;
    struct trust_found found;
    struct buffer text = {0};
    struct buffer note = {0};
    put_checkpoint(&text, &note);
    cr_assert_eq(parse("witness a %A\nquorum none\n", &trust, NULL), VAULT_OK);
    cr_assert_str_eq(
        trust_check(trust, buffer_bytes(&note), NOW, &found), "of a log that the policy does not know");
    trust_free(trust);
    struct note_key key;
    struct buffer policy = {0};
    struct sign_key *other = signer(50);
    cr_assert_eq(note_key_make(ORIGIN, NOTE_ED25519, sign_key_public(other), &key), VAULT_OK);
    cr_assert_eq(trust_format(&key, 1, NULL, 0, 0, &policy), VAULT_OK);
    cr_assert_eq(trust_parse(buffer_bytes(&policy), &trust, NULL), VAULT_OK);
    cr_assert_str_eq(trust_check(trust, buffer_bytes(&note), NOW, &found), "not signed by the log's key");
    trust_free(trust);
    sign_key_free(other);
    buffer_free(&policy);
    buffer_free(&text);
    buffer_free(&note);
}

Test(evidence_trust, what_is_written_reads_back)
{
    struct trust *trust = NULL;
    struct trust *again = NULL;
    struct buffer text = {0};
    cr_assert_eq(
        parse("log %L\nwitness a %A http://a/\nwitness b %B\nquorum none\n", &trust, NULL), VAULT_OK);
    cr_assert_eq(trust_format(trust_log(trust, 0), 1, trust_witness(trust, 0), 2, 3, &text), VAULT_EUSAGE);
    buffer_reset(&text);
    cr_assert_eq(trust_format(trust_log(trust, 0), 1, trust_witness(trust, 0), 2, 1, &text), VAULT_OK);
    cr_assert_eq(trust_parse(buffer_bytes(&text), &again, NULL), VAULT_OK);
    bool one[TRUST_WITNESSES_MAX] = {false, true};
    bool none[TRUST_WITNESSES_MAX] = {false};
    cr_assert(trust_quorum(again, one));
    cr_assert_not(trust_quorum(again, none));
    cr_assert(bytes_equal(trust_witness(again, 0)->url, bytes_of_text("http://a/")));
    trust_free(trust);
    trust_free(again);
    buffer_free(&text);
}
