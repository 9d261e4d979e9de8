/* The table of operations, and the only way to a handler. */
#include "vault/ops/ops.h"

#include <stdlib.h>
#include <string.h>

#include "vault/access/freeze.h"
#include "vault/ops/call_private.h"
#include "vault/ops/decoys/decoy_private.h"
#include "vault/ops/repeated_private.h"

/* Arguments: a letter and a name each. t text, n number, b flag, l list of texts, o object; upper case: required. */
struct operation {
    const char *name;
    const char *arguments;
    bool secret;
    int (*handle)(struct call *call);
};

static const struct operation operations[] = {
    {"user.add", "Tuser", true, op_user_add},
    {"user.list", "", false, op_user_list},
    {"user.passwd", "", true, op_user_passwd},
    {"user.disable", "Tuser", false, op_user_disable},
    {"user.contain", "Tuser", false, op_user_contain},
    {"user.release", "Tuser", false, op_user_release},
    {"totp.enroll", "", false, op_totp_enroll},
    {"totp.confirm", "", true, op_totp_confirm},
    {"totp.remove", "", true, op_totp_remove},
    {"totp.reset", "Tuser", false, op_totp_reset},
    {"session.list", "", false, op_session_list},
    {"session.end", "tsession tuser ball", false, op_session_end},
    {"role.add", "Trole tlike tkeepers lportfolios lcompartments", false, op_role_add},
    {"role.list", "", false, op_role_list},
    {"role.show", "Trole", false, op_role_show},
    {"role.recover", "Trole Tuser", true, op_role_recover},
    {"portfolio.add", "Tportfolio lroles", false, op_portfolio_add},
    {"portfolio.list", "", false, op_portfolio_list},
    {"grant.add", "Trole Tuser tuntil", false, op_grant_add},
    {"grant.approve", "Trole Tuser", false, op_grant_approve},
    {"grant.remove", "Trole Tuser", false, op_grant_remove},
    {"assignment.add", "lclients tportfolio Tuser", false, op_assignment_add},
    {"assignment.remove", "lclients tportfolio Tuser", false, op_assignment_remove},
    {"client.add", "Tclient_no Tname ttax_id tportfolio", false, op_client_add},
    {"client.list", "tportfolio", false, op_client_list},
    {"client.show", "Tclient", false, op_client_show},
    {"record.import", "Lfiles tformat tclient tportfolio tencoding bdry_run", false, op_record_import},
    {"record.list", "Tclient tkind tperiod tpurpose", false, op_record_list},
    {"record.read", "Tclient Trecord lreveal Tpurpose nversion nunless_version", false, op_record_read},
    {"record.search", "Tword tclient nlimit tpurpose", false, op_record_search},
    {"record.history", "Tclient Trecord", false, op_record_history},
    {"record.correct", "Tclient Trecord Ofields Tpurpose nif_version", false, op_record_correct},
    {"record.export", "Lclients tkind tperiod Tformat Tout tpurpose lreveal tencoding bno_marks bno_decoys bfooter", false, op_record_export},
    {"approval.request", "Taction lresources nrows lfields lcompartments tmember tuntil tpolicy napprovals nuses Treason Tfor",
        false, op_approval_request},
    {"breakglass.open", "Treason Tfor tclient", false, op_breakglass_open},
    {"breakglass.close", "Nbreakglass", false, op_breakglass_close},
    {"breakglass.review", "Nbreakglass Tverdict tnote", false, op_breakglass_review},
    {"breakglass.list", "", false, op_breakglass_list},
    {"breakglass.show", "Nbreakglass", false, op_breakglass_show},
    {"notice.take", "", false, op_notice_take},
    {"notice.waiting", "", false, op_notice_waiting},
    {"review.start", "Tdue trole tuser", false, op_review_start},
    {"review.next", "nreview", false, op_review_next},
    {"review.keep", "Trole Tuser nreview", false, op_review_keep},
    {"review.drop", "Trole Tuser nreview", false, op_review_drop},
    {"review.list", "", false, op_review_list},
    {"handover.run", "Tuser Tto bpreview", false, op_handover_run},
    {"approval.list", "bmine ball", false, op_approval_list},
    {"approval.show", "Nrequest", false, op_approval_show},
    {"approval.approve", "Nrequest", false, op_approval_approve},
    {"approval.deny", "Nrequest", false, op_approval_deny},
    {"approval.withdraw", "Nrequest", false, op_approval_withdraw},
    {"approval.hand_back", "Nrequest", false, op_approval_hand_back},
    {"log.replay", "tactor tclient trecord tevent tfrom tto nlimit bstory bfollow", false, op_log_replay},
    {"log.stats", "tactor tclient trecord tevent tfrom tto nlimit", false, op_log_stats},
    {"log.export", "Tformat Tout tframing tactor tclient trecord tevent tfrom tto nlimit bfollow", false, op_log_export},
    {"log.diff_authority", "Tfrom tto", false, op_log_diff_authority},
    {"log.authority", "tat", false, op_log_authority},
    {"log.verify", "tsince bskip_signatures", false, op_log_verify},
    {"log.bundle", "Tout Tpurpose tactor tclient trecord tevent tfrom tto nlimit trange bredact tsince brecord_proofs barchive treleases",
        false, op_log_bundle},
    {"log.reconcile", "", false, op_log_reconcile},
    {"log.checkpoint", "", false, op_log_checkpoint},
    {"log.policy", "", false, op_log_policy},
    {"log.tiles", "Tout bhashes_only", false, op_log_tiles},
    {"policy.show", "thash", false, op_policy_show},
    {"policy.set", "Ttext ntests", false, op_policy_set},
    {"policy.list", "", false, op_policy_list},
    {"policy.approve", "Thash", false, op_policy_approve},
    {"policy.explain", "nevent tuser taction tresource tpurpose tmember", false, op_policy_explain},
    {"policy.simulate", "Ttext tfrom tto", false, op_policy_simulate},
    {"policy.who_can", "Taction Tresource tpurpose tmember ball", false, op_policy_who_can},
    {"policy.what_can", "Tuser tpurpose", false, op_policy_what_can},
    {"trace.marks", "Lfiles tencoding", false, op_trace_marks},
    {"setting.list", "", false, op_setting_list},
    {"setting.set", "Tname Tvalue", false, op_setting_set},
    {"accountable.set", "Tcompartment Tvalue", false, op_accountable_set},
    {"accountable.status", "", false, op_accountable_status},
    {"accountable.finish", "", false, op_accountable_finish},
    {"recipient.add", "turl tvkey tpin tpublic", false, op_recipient_add},
    {"recipient.approve", "Tname", false, op_recipient_approve},
    {"recipient.remove", "Tname", false, op_recipient_remove},
    {"recipient.list", "", false, op_recipient_list},
    {"witness.add", "Turl Tvkey tpin tca", false, op_witness_add},
    {"witness.list", "", false, op_witness_list},
    {"witness.remove", "Twitness", false, op_witness_remove},
    {"incident.freeze", "lclients tportfolio tuser ball tpurpose", false, op_incident_freeze},
    {"incident.unfreeze", "lclients tportfolio tuser ball tpurpose", false, op_incident_unfreeze},
    {"incident.open", "ttitle tdiscovered_by thow ljurisdictions omoments ocircumstances tfile", false, op_incident_open},
    {"incident.note", "Tid tkind ttext tfile omoments ocircumstances tuser tas", false, op_incident_note},
    {"incident.hold", "Tid lclients brelease ttext", false, op_incident_hold},
    {"incident.fulfil", "Tid Tduty tat nevent ttext tfile", false, op_incident_fulfil},
    {"incident.assess", "Tid tperson tsince tuntil ttrace nloss_yuan ngain_yuan ntrade_secret_yuan boutsider", false,
        op_incident_assess},
    {"incident.enter", "Tid tkind nentry ofields tstate tfile", false, op_incident_enter},
    {"incident.entries", "Tid tkind tgroup", false, op_incident_entries},
    {"incident.close", "Tid ttext", false, op_incident_close},
    {"incident.show", "Tid", false, op_incident_show},
    {"incident.list", "", false, op_incident_list},
    {"incident.bundle", "Tid Tout barchive tsince bwith_files bwith_documents", false, op_incident_bundle},
    {"document.draft", "Tid Tkind tlang ofields orecipients bclients tfinding nreplace bagain", false, op_document_draft},
    {"document.finish", "Tid Ndocument", false, op_document_finish},
    {"document.pages", "Tid Ndocument", false, op_document_pages},
    {"document.written", "Tid Ndocument Ohashes", false, op_document_written},
    {"document.deliver", "Tid Ndocument Oentries", false, op_document_deliver},
    {"document.list", "Tid ndocument", false, op_document_list},
    {"document.template_list", "", false, op_template_list},
    {"document.template_show", "Tkind tlang", false, op_template_show},
    {"document.template_set", "Tkind tlang ttext", false, op_template_set},
    {"incident.coverage", "", false, op_incident_coverage},
    {"facts.show", "tsection", false, op_facts_show},
    {"facts.set", "Ttext", false, op_facts_set},
    {"register.add", "Tkind Tname lusers tclient Tuntil ttext tfile", false, op_register_add},
    {"register.renew", "Tkind Tname lusers tclient Tuntil ttext tfile", false, op_register_renew},
    {"register.end", "Tkind Tname lusers tclient", false, op_register_end},
    {"register.sign", "Tname", false, op_register_sign},
    {"register.list", "tkind tuser ndays bended", false, op_register_list},
    {"register.mine", "", false, op_register_mine},
    {"register.show", "Tkind Tname tuser tclient bsignatures", false, op_register_show},
    {"destroy.propose", "lclients tkind tperiod bexpired", false, op_destroy_propose},
    {"destroy.run", "Nlist", false, op_destroy_run},
    {"destroy.withdraw", "Nlist", false, op_destroy_withdraw},
    {"destroy.list", "", false, op_destroy_list},
    {"destroy.show", "Nlist", false, op_destroy_show},
    {"finding.draft", "otrace tcase Ldirect levents tleft tsummary", false, op_finding_draft},
    {"finding.change", "Tid Tchange tuser tpart tof levents trule tpolicy tfault tknown tsection ttext treason", false, op_finding_change},
    {"finding.review", "Tid Tresult tnote", false, op_finding_review},
    {"finding.sign", "Tid", false, op_finding_sign},
    {"finding.withdraw", "Tid Treason", false, op_finding_withdraw},
    {"finding.show", "Tid nversion", false, op_finding_show},
    {"finding.list", "", false, op_finding_list},
    {"trace.report", "Tid Tbundle tcase tsince nversion bnames", false, op_trace_report},
    {"trace.report_written", "Nreport Ohashes", false, op_trace_report_written},
    {"trace.person", "Tperson tsince tuntil", false, op_trace_person},
    {"trace.run", "Tleak tbefore tencoding", false, op_trace_run},
    {"trace.list", "", false, op_trace_list},
    {"trace.show", "Tcase", false, op_trace_show},
    {"trace.reveal_names", "Tcase lpersons Tpurpose", false, op_trace_reveal_names},
    {"trace.reveal_approve", "Tcase", false, op_trace_reveal_approve},
    {"decoy.plant", "tuser trole tportfolio ncount llike", false, op_decoy_plant},
    {"decoy.list", "", false, op_decoy_list},
    {"decoy.retire", "Lclients", false, op_decoy_retire},
    {"decoy.rotate", "Tolder_than", false, op_decoy_rotate},
    {"decoy.approve", "Norder brefuse", false, op_decoy_approve},
    {"alert.list", "tfrom tto ball", false, op_alert_list},
    {"alert.acknowledge", "Talert tnote", false, op_alert_acknowledge},
    {"vault.backup", "Tout", false, op_vault_backup},
    {"vault.doctor", "", false, op_vault_doctor},
};

static const struct operation *find(const char *name)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    }
    return NULL;
}

bool operation_exists(const char *name)
{
    return find(name) != NULL;
}

const char *operation_at(size_t i)
{
    return i < sizeof operations / sizeof operations[0] ? operations[i].name : NULL;
}

const char *operation_arguments(const char *name, bool *secret)
{
    const struct operation *operation = find(name);
    *secret = operation != NULL && operation->secret;
    return operation == NULL ? NULL : operation->arguments;
}

static bool takes(const struct operation *operation, const char *argument)
{
    size_t size = strlen(argument);
    const char *word = operation->arguments;
    while (*word != '\0') {
        size_t length = strcspn(word, " ");
        if (length == size + 1 && memcmp(word + 1, argument, size) == 0)
            return true;
        word += length + (word[length] == ' ');
    }
    return false;
}

void operation_paths(const char *name, const char **reads, const char **writes)
{
    static const char *const read_ones[] = {"files", "file", "leak"};
    const struct operation *operation = find(name);
    *reads = NULL;
    *writes = NULL;
    if (operation != NULL)
        *writes = takes(operation, "out") ? "out" : takes(operation, "bundle") ? "bundle" : NULL;
    for (size_t i = 0; operation != NULL && i < sizeof read_ones / sizeof read_ones[0]; i++) {
        if (takes(operation, read_ones[i]))
            *reads = read_ones[i];
    }
}

/* --- Arguments against the table --- */

static bool is_list_of_texts(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i)))
            return false;
    }
    return json_is_array(value);
}

static bool fits(char type, const json_t *value)
{
    switch (type) {
    case 't':
        return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
    case 'n':
        return json_is_integer(value);
    case 'b':
        return json_is_boolean(value);
    case 'l':
        return is_list_of_texts(value);
    default:
        return json_is_object(value);
    }
}

/* One word of the table: letter and name. */
static int check_argument(const char *word, size_t size, const json_t *arguments, size_t *known, struct failure *failure)
{
    char name[40] = "";
    bool required = word[0] >= 'A' && word[0] <= 'Z';
    memcpy(name, word + 1, size - 1 < sizeof name - 1 ? size - 1 : sizeof name - 1);
    const json_t *value = json_object_get(arguments, name);
    if (value == NULL && required)
        return failure_set(failure, VAULT_EUSAGE, "'%s' is missing", name);
    if (value != NULL && !fits((char)(word[0] | 0x20), value))
        return failure_set(failure, VAULT_EUSAGE, "'%s' is not of the right form", name);
    *known += value != NULL;
    return VAULT_OK;
}

static int check_arguments(const struct operation *operation, const json_t *arguments, struct failure *failure)
{
    const char *word = operation->arguments;
    size_t known = 0;
    int result = VAULT_OK;
    while (*word != '\0' && result == VAULT_OK) {
        size_t size = strcspn(word, " ");
        result = check_argument(word, size, arguments, &known, failure);
        word += size + (word[size] == ' ');
    }
    if (result == VAULT_OK && known != json_object_size(arguments))
        result = failure_set(failure, VAULT_EUSAGE, "%s: an argument that does not exist", operation->name);
    return result;
}

/* --- Running --- */

/* What was found damaged or forged is itself something that the log should tell. */
static void log_damage(struct call *call, const char *operation, int error)
{
    memory_reset();
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s,s:[]},s:[],s:{s:s,s:s,s:s}}", "actor", "id",
        session_user(call->session), "type", "user", "decision", "effect", "deny", "policies", "resources", "found",
        "operation", operation, "error", vault_error_name(error), "what",
        call->failure == NULL ? "" : call->failure->text);
    (void)!event_append(call->session, "damage.find", members, NULL, NULL);
}

int operation_run(struct session *session, const struct operation_call *what, const struct reply *reply,
    struct failure *failure)
{
    static const struct reply silent = {0};
    struct failure own = {0};
    struct call call = {.session = session,
        .arguments = what->arguments,
        .secret = what->secret,
        .host = what->host,
        .reply = reply == NULL ? &silent : reply,
        .failure = failure == NULL ? &own : failure};
    const struct operation *operation = find(what->name);
    if (operation == NULL)
        return failure_set(call.failure, VAULT_EUSAGE, "there is no operation '%s'", what->name);
    if (operation->secret != (what->secret != NULL))
        return failure_set(call.failure, VAULT_EUSAGE, "%s %s", what->name,
            operation->secret ? "needs a secret" : "takes no secret");
    int result = memory_error();
    if (result != VAULT_OK)
        (void)failure_set(call.failure, result, "no memory for the arguments");
    else
        result = check_arguments(operation, what->arguments, call.failure);
    if (result == VAULT_OK)
        result = freeze_count(session, false, &call.freezes, call.failure);
    if (result == VAULT_OK)
        result = what->key.size > 0 ? repeated_run(&call, what, operation->handle) : operation->handle(&call);
    call_tell_alerts(&call);
    if (result == VAULT_OK)
        result = memory_error();
    result = memory_excuses(result, call.failure);
    if (result == VAULT_OK && strncmp(what->name, "decoy.", 6) != 0 && strncmp(what->name, "notice.", 7) != 0)
        decoys_carry_out(session, call.reply);
    if (result == VAULT_OK && what->host == NULL)
        operation_watch_if_due(session);
    if (result == VAULT_EFORGED || result == VAULT_EDAMAGED || result == VAULT_EROLLBACK)
        log_damage(&call, operation->name, result);
    if (result != VAULT_OK)
        (void)failure_set(call.failure, result, "%s: %s", operation->name, vault_error_text(result));
    memory_reset();
    return result;
}
