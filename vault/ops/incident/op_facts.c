/* facts.show, facts.set: what the law counts by, as the firm goes by it; and how it is found. */
#include <stdio.h>
#include <string.h>

#include "vault/access/approvals.h"
#include "vault/ops/incident/incident_step_private.h"

/* --- The facts in force --- */

struct setting_facts {
    json_t *waiting; /* of the last intent */
    json_t *said;    /* of the last that counts: {part,sha256,sealed}, with `event` */
    uint64_t intent;
    int (*each)(void *context, const json_t *said);
    void *context;
};

static int take_facts(struct setting_facts *facts, json_t *said)
{
    (void)json_object_set_new(said, "event", json_integer((json_int_t)facts->intent));
    json_decref(facts->said);
    facts->said = json_incref(said);
    return facts->each == NULL ? VAULT_OK : facts->each(facts->context, said);
}

static int feed_facts(void *context, uint64_t index, const json_t *leaf)
{
    struct setting_facts *facts = context;
    int result = VAULT_OK;
    const char *phase = json_text(leaf, "phase");
    const char *effect = json_text(json_object_get(leaf, "decision"), "effect");
    const char *status = json_text(json_object_get(leaf, "result"), "status");
    if (phase != NULL && strcmp(phase, "intent") == 0 && effect != NULL && strcmp(effect, "permit") == 0) {
        json_decref(facts->waiting);
        facts->waiting = json_incref(json_object_get(leaf, "facts"));
        facts->intent = index;
    } else if (phase != NULL && strcmp(phase, "outcome") == 0 && status != NULL &&
               strcmp(status, "ok") == 0 && json_number(leaf, "intent", -1) == (int64_t)facts->intent &&
               facts->waiting != NULL) {
        result = take_facts(facts, facts->waiting);
    }
    return result;
}

static int facts_set(struct call *call, struct setting_facts *facts)
{
    int result = call_each_event(call, "facts.set", feed_facts, facts);
    json_decref(facts->waiting);
    return result;
}

int incident_law(struct call *call, struct law **law, int64_t *event)
{
    struct setting_facts facts = {0};
    struct buffer text = {0};
    *law = NULL;
    *event = -1;
    int result = facts_set(call, &facts);
    if (result == VAULT_OK && facts.said != NULL) {
        *event = json_number(facts.said, "event", -1);
        result = sealed_part_open(call, "facts", facts.said, &text);
    }
    if (result == VAULT_OK)
        result = law_open(facts.said == NULL ? law_facts_text() : buffer_bytes(&text), law, call->failure);
    buffer_free(&text);
    json_decref(facts.said);
    return result;
}

/* --- Verification --- */

static int verify_one(void *context, const json_t *said)
{
    return sealed_part_check(context, "facts", said);
}

int facts_verify(struct sealed_parts *checking)
{
    struct setting_facts facts = {.each = verify_one, .context = checking};
    int result = facts_set(checking->call, &facts);
    json_decref(facts.said);
    return result;
}

/* --- facts.show --- */

static int reply_section(struct call *call, const struct law *law, const char *section)
{
    const json_t *list = json_object_get(law_json(law), section);
    int result = VAULT_OK;
    if (!json_is_array(list))
        return failure_set(call->failure, VAULT_EUSAGE, "section: there is no list '%.40s'", section);
    for (size_t i = 0; i < json_array_size(list) && result == VAULT_OK; i++)
        result = reply_row(call, json_incref(json_array_get(list, i)));
    return result;
}

int op_facts_show(struct call *call)
{
    struct access_request request = {.action = "facts.show"};
    const char *section = call_text(call, "section");
    struct law *law = NULL;
    int64_t set = -1;
    int result = call_allow(call, &request, NULL, NULL);
    if (result == VAULT_OK)
        result = incident_law(call, &law, &set);
    if (result == VAULT_OK && section != NULL && strcmp(section, "all") != 0)
        result = reply_section(call, law, section);
    else if (result == VAULT_OK && section != NULL)
        result = reply_value(call, json_copy((json_t *)(uintptr_t)law_json(law)));
    else if (result == VAULT_OK)
        result = reply_value(
            call, json_pack("{s:O,s:O,s:O,s:b,s:I,s:I,s:I}", "about", json_object_get(law_json(law), "about"),
                      "checked", json_object_get(law_json(law), "checked"), "review_days",
                      json_object_get(law_json(law), "review_days"), "stale",
                      law_is_stale(law, session_log_time(call->session)), "duties",
                      (json_int_t)json_array_size(json_object_get(law_json(law), "duties")), "thresholds",
                      (json_int_t)json_array_size(json_object_get(law_json(law), "thresholds")),
                      "set_by_event", (json_int_t)set));
    law_free(law);
    return result;
}

/* --- facts.set --- */

/* Each under a name of its own: what was set before stays, so that earlier events can be held against it. */
static int seal_facts(struct call *call, struct sealed_part *part, struct bytes text)
{
    char name[ULID_TEXT_SIZE];
    struct ulid id = ulid_new();
    ulid_format(&id, name);
    (void)snprintf(part->name, sizeof part->name, "facts-%s", name + 10);
    return sealed_part_make(call, part, text);
}

static json_t *members_of(struct call *call, const struct access_request *request,
    const struct decision *decision, const struct sealed_part *part)
{
    json_t *members = access_event_members(call->session, request, decision, NULL);
    json_t *facts = json_object();
    if (json_object_set_new(members, "facts", facts) == 0 &&
        sealed_part_tell(part, facts) == VAULT_OK)
        return members;
    json_decref(members);
    return NULL;
}

static int store_facts(struct call *call, const struct access_request *request,
    const struct decision *decision, struct bytes text, uint64_t *event)
{
    struct sealed_part part = {.of = "facts"};
    int result = change_hold(call->session, call->failure);
    if (result != VAULT_OK)
        return result;
    result = seal_facts(call, &part, text);
    if (result == VAULT_OK)
        result = sealed_part_commit(
            call, request->action, members_of(call, request, decision, &part), &part, event);
    else
        change_release(call->session);
    sealed_part_free(&part);
    return result;
}

int op_facts_set(struct call *call)
{
    struct access_request request = {.action = "facts.set"};
    struct decision decision = {0};
    struct bytes text = bytes_of_text(call_text(call, "text"));
    struct law *law = NULL;
    uint64_t event = 0;
    int result = call_decide(call, &request, &decision);
    if (result == VAULT_OK)
        result = law_open(text, &law, call->failure);
    if (result == VAULT_OK)
        result = store_facts(call, &request, &decision, text, &event);
    if (result == VAULT_OK)
        result =
            reply_value(call, json_pack("{s:O,s:I}", "checked", json_object_get(law_json(law), "checked"),
                                  "event", (json_int_t)event));
    decision_free(&decision);
    law_free(law);
    return result;
}
