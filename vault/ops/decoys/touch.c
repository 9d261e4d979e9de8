/* Touched decoys, and what follows from alerts. */
#include <string.h>

#include "vault/access/alerts.h"
#include "vault/access/containment.h"
#include "vault/access/settings.h"
#include "vault/base/text.h"
#include "vault/ops/decoys/decoy_private.h"

bool purpose_is_authority(const char *purpose)
{
    static const char *const codes[] = {
        "authority", "tax-authority", "tax", "court", "police", "regulator", "statutory-audit", "declaration",
        "filing", "social-insurance", "housing-fund"};
    size_t size = purpose == NULL ? 0 : strcspn(purpose, ":");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strlen(codes[i]) == size && strncmp(codes[i], purpose, size) == 0)
            return true;
    }
    return false;
}

/* --- Alerts of a call --- */

int call_alert(struct call *call, const struct alert *alert, char id[ULID_TEXT_SIZE])
{
    json_t *raised = NULL;
    id[0] = '\0';
    int result = alerts_raise(call->session, alert, &raised, call->failure);
    if (result != VAULT_OK || raised == NULL)
        return result;
    text_copy(id, ULID_TEXT_SIZE, json_text(raised, "id"));
    if (call->raised == NULL)
        call->raised = json_array();
    /* Without memory it is in the log, and only the firm's program is not told. */
    (void)json_array_append_new(call->raised, raised);
    return VAULT_OK;
}

/* If it cannot be done now, those who look at alerts learn that. */
static void contain_now(struct call *call)
{
    struct failure unseen = {0};
    if (call->contain[0] == '\0' || contain_oneself(call->session, call->contain, &unseen) == VAULT_OK)
        return;
    json_t *alert = json_pack("{s:s}", "id", call->contain);
    if (alert != NULL)
        (void)!alerts_tell(call->session, alert, NULL, "not contained", &unseen);
    json_decref(alert);
}

void call_tell_alerts(struct call *call)
{
    contain_now(call);
    call_tell_raised(call);
}

/* --- Decoys --- */

/* Whom it was planted for, or who has it since, meets it in his lists, and may look at what it is; a wrong number is soon typed. */
static bool is_slight(const char *how, bool own)
{
    return strcmp(how, "denied") == 0 || (own && (strcmp(how, "list") == 0 || strcmp(how, "search") == 0));
}

/* At the operation's end, for what it shows is read in one transaction of the store. */
static int contain_by_setting(struct call *call, const char *alert)
{
    char value[SETTING_VALUE_MAX + 1];
    int result = setting_value(
        session_store(call->session), setting_find(SETTING_DECOY_CONTAIN), value, call->failure);
    if (result == VAULT_OK && strcmp(value, "suspend") == 0)
        text_copy(call->contain, sizeof call->contain, alert);
    return result;
}

/* --- Clients whose service has ended --- */

static bool says_ended(const char *status)
{
    static const char *const words[] = {"ended", "terminated", "closed", "inactive", "former", "cancelled", "终止", "解约", "停止",
        "结束", "注销", "流失"};
    for (size_t i = 0; status != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcasestr(status, words[i]) != NULL)
            return true;
    }
    return false;
}

int ended_touched(
    struct call *call, const struct client_facts *client, const json_t *card, const char *how, uint64_t cause)
{
    char about[ULID_TEXT_SIZE];
    char id[ULID_TEXT_SIZE];
    bool on = false;
    if (!says_ended(json_text(card, "status")))
        return VAULT_OK;
    int result = setting_is_on(session_store(call->session), SETTING_ALERT_ENDED, &on, call->failure);
    if (result != VAULT_OK || !on)
        return result;
    ulid_format(&client->id, about);
    struct alert alert = {.kind = "client.ended", .severity = "low", .how = how, .about = about, .cause = cause};
    return call_alert(call, &alert, id);
}

/* Who has no key to the card is shown nothing of it. */
static int look_at_card(struct call *call, const struct client_facts *client, const char *how, uint64_t cause)
{
    json_t *card = NULL;
    struct failure unseen = {0};
    int result = VAULT_OK;
    if (strcmp(how, "denied") != 0 && clients_card(call->session, client, &card, &unseen) == VAULT_OK)
        result = ended_touched(call, client, card, how, cause);
    json_decref(card);
    return result;
}

int decoy_touched(struct call *call, const struct client_facts *client, const char *how, uint64_t cause)
{
    json_t *entry = NULL;
    char about[ULID_TEXT_SIZE];
    char id[ULID_TEXT_SIZE];
    bool decoy = false;
    int result = decoys_find(call->session, client, &decoy, &entry, call->failure);
    /* A record's reading opens the card itself, and looks then. */
    bool reads = strcmp(how, "read") == 0 || strcmp(how, "reveal") == 0;
    if (result == VAULT_OK && !decoy && !reads)
        return look_at_card(call, client, how, cause);
    if (result != VAULT_OK || !decoy)
        return result;
    bool own = false;
    result = decoy_is_ones(call->session, client, entry, &own, call->failure);
    bool slight = is_slight(how, own);
    json_decref(entry);
    if (result != VAULT_OK)
        return result;
    ulid_format(&client->id, about);
    struct alert alert = {.kind = "decoy.touched",
        .severity = slight ? "low" : "high",
        .how = how,
        .about = about,
        .cause = cause};
    result = call_alert(call, &alert, id);
    return result == VAULT_OK && !slight && id[0] != '\0' ? contain_by_setting(call, id) : result;
}
