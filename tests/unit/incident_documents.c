/* What became of documents, from events alone; what does not fit counts for nothing. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "vault/incident/documents.h"

static unsigned problems;

static int note(void *context, uint64_t index, const char *what)
{
    (void)context;
    (void)index;
    (void)what;
    problems++;
    return VAULT_OK;
}

static void feed(struct documents *documents, const char *event, const char *member, json_t *about)
{
    static uint64_t index;
    json_t *leaf = json_pack("{s:s,s:{s:s,s:s},s:s,s:{s:s},s:o}", "event", event, "actor", "id", "ina",
        "type", "user", "time", "2026-01-01T00:00:00.000Z", "decision", "effect", "permit", member, about);
    cr_assert_not_null(leaf);
    cr_assert_eq(documents_feed(documents, index++, leaf, note, NULL), VAULT_OK);
    json_decref(leaf);
}

static json_t *draft(int no, int of)
{
    return json_pack("{s:s,s:i,s:s,s:s,s:i,s:s,s:s,s:s,s:s}", "case", "C", "no", no, "kind", "report", "lang",
        "zh", "of", of, "page", "p", "part", "document-1", "sha256", "h", "sealed", "s");
}

static json_t *entries(int no, const char *to, const char *state)
{
    json_t *entry = json_pack("[i,s,s,i,s]", atoi(to), state, "post", 1, "");
    return json_pack("{s:s,s:i,s:[o]}", "case", "C", "no", no, "entries", entry);
}

static const char *state_of(const struct documents *documents, size_t no)
{
    return json_text(json_array_get(documents_of(documents, "C"), no - 1), "state");
}

Test(incident_documents, goes_from_draft_to_sent)
{
    struct documents *documents = documents_new();
    problems = 0;
    feed(documents, "document.draft", "document", draft(1, 2));
    cr_assert_str_eq(state_of(documents, 1), "draft");
    feed(documents, "document.finish", "document", json_pack("{s:s,s:i}", "case", "C", "no", 1));
    cr_assert_str_eq(state_of(documents, 1), "done");
    feed(documents, "document.deliver", "document", entries(1, "2", "sent"));
    cr_assert_str_eq(state_of(documents, 1), "done");
    feed(documents, "document.deliver", "document", entries(1, "1", "bounced"));
    cr_assert_str_eq(state_of(documents, 1), "sent");
    cr_assert_eq(problems, 0);
    documents_free(documents);
}

Test(incident_documents, what_does_not_fit_counts_for_nothing)
{
    struct documents *documents = documents_new();
    problems = 0;
    feed(documents, "document.draft", "document", draft(2, 1));     /* no first one */
    feed(documents, "document.draft", "document", draft(1, 10001)); /* too many */
    feed(documents, "document.draft", "document", draft(1, 1));
    feed(documents, "document.draft", "document", draft(1, 1));               /* again */
    feed(documents, "document.deliver", "document", entries(1, "1", "sent")); /* a draft */
    feed(documents, "document.finish", "document", json_pack("{s:s,s:i}", "case", "C", "no", 1));
    feed(documents, "document.finish", "document",
        json_pack("{s:s,s:i}", "case", "C", "no", 1));                        /* done already */
    feed(documents, "document.deliver", "document", entries(1, "2", "sent")); /* nobody */
    feed(documents, "document.deliver", "document", entries(1, "1", "lost")); /* no state */
    feed(documents, "document.written", "document",
        json_pack("{s:s,s:i}", "case", "C", "no", 1)); /* no files */
    feed(documents, "document.template", "template",
        json_pack("{s:s,s:s,s:s}", "kind", "k", "lang", "zh", "part", "p"));
    json_t *second = draft(2, 1);
    json_object_set_new(second, "replaces", json_integer(1));
    feed(documents, "document.draft", "document", second); /* of one that is done */
    cr_assert_eq(problems, 10, "%u", problems);
    cr_assert_str_eq(state_of(documents, 1), "done");
    cr_assert_eq(json_array_size(documents_of(documents, "C")), 1);
    documents_free(documents);
}

Test(incident_documents, a_draft_gives_way_to_another)
{
    struct documents *documents = documents_new();
    feed(documents, "document.draft", "document", draft(1, 1));
    json_t *second = draft(2, 1);
    json_object_set_new(second, "replaces", json_integer(1));
    feed(documents, "document.draft", "document", second);
    cr_assert_str_eq(state_of(documents, 1), "replaced");
    cr_assert_eq(
        document_may(json_array_get(documents_of(documents, "C"), 0), "document.finish", NULL), VAULT_EINPUT);
    documents_free(documents);
}

Test(incident_documents, the_last_template_is_in_force)
{
    struct documents *documents = documents_new();
    const char *parts[] = {"a", "b"};
    for (int i = 0; i < 2; i++)
        feed(documents, "document.template", "template",
            json_pack("{s:s,s:s,s:s,s:s,s:s}", "kind", "report", "lang", "zh", "part", parts[i], "sha256",
                "h", "sealed", "s"));
    cr_assert_str_eq(json_text(documents_template(documents, "report", "zh"), "part"), "b");
    cr_assert_null(documents_template(documents, "report", "en"));
    feed(documents, "document.template", "template", json_pack("{s:s,s:s}", "kind", "report", "lang", "zh"));
    cr_assert_null(documents_template(documents, "report", "zh"));
    cr_assert_eq(json_array_size(documents_templates(documents)), 3);
    documents_free(documents);
}
