/**
 * @file call_private.h
 * Inside the room: one call of an operation, and the steps of the one road that every handler takes.
 */
#ifndef VAULT_OPS_CALL_PRIVATE_H
#define VAULT_OPS_CALL_PRIVATE_H

#include "vault/base/period.h"
#include "vault/access/change.h"
#include "vault/access/clients.h"
#include "vault/access/decide.h"
#include "vault/access/repeat.h"
#include "vault/ops/ops.h"

#define CALL_APPROVALS_MAX 8u

/** Replies of a change that are told when it is committed. */
struct held {
    const struct repeat *repeat; /* whose change; until it has begun nothing is held */
    json_t *value;
    char record[ULID_TEXT_SIZE]; /* "": none */
    int64_t version;
};

struct call {
    struct session *session;
    struct held *held; /* NULL: replies go out as they come */
    const json_t *arguments;
    const struct secret *secret;
    const struct reply *reply;
    struct failure *failure;
    const struct operation_host *host; /* NULL: no server */
    json_t *raised; /* alerts that the firm's program is to be told of at the end; NULL */
    char contain[ULID_TEXT_SIZE]; /* the alert for which the person is to be contained at the end; "" */
    bool discloses; /* something was decided that shows a client's data */
    uint64_t freezes; /* that there had been when it began */
    bool witnessed; /* and the log was then within reach of its witnesses */
    struct {
        int64_t request;
        char action[64];
        bool spent;
    } approvals[CALL_APPROVALS_MAX]; /* that decisions of this call rest on */
    size_t approval_count;
};

/* --- Arguments; the table has checked names and types before --- */

const char *call_text(const struct call *call, const char *name);
int64_t call_number(const struct call *call, const char *name, int64_t otherwise);
bool call_flag(const struct call *call, const char *name);
const json_t *call_list(const struct call *call, const char *name);

/** A period argument as bounds for the store: "" and "9999-99" for none. VAULT_EUSAGE. */
int call_period(const struct call *call, struct period_range *range) VAULT_MUST_CHECK;
/** A kind argument; 0 for none. VAULT_EUSAGE with the list of kinds. */
int call_kind(const struct call *call, enum record_kind *kind) VAULT_MUST_CHECK;
/** A moment argument, or @p otherwise. VAULT_EUSAGE. */
int call_moment(const struct call *call, const char *name, int64_t otherwise, int64_t *moment) VAULT_MUST_CHECK;

/* --- Deciding and logging --- */

/** Tell the door that this is about a client; call_decide() does. */
void call_about(struct call *call, const struct client_facts *client);
/**
 * Decide; a denial is logged as an event of the action's name and returned as VAULT_EDENIED with its sentence.
 * decision_free() in every case.
 */
int call_decide(struct call *call, const struct access_request *request, struct decision *decision) VAULT_MUST_CHECK;

/** Decide and, if permitted, log the action's event; for what needs nothing more. @p extra (object, taken over, may be
 *  NULL) is merged into the event. */
int call_allow(struct call *call, const struct access_request *request, json_t *extra, uint64_t *event)
    VAULT_MUST_CHECK;

/**
 * Log a denial by a rule of the program, for which no policy is named. @p about and @p value (taken over) are a further
 * member of the event.
 * @retval VAULT_EDENIED  logged; the call's failure is as it was, so the caller says why, before or after.
 * @retval VAULT_ELOG, …  not logged; the failure says that instead.
 */
int call_refuse(struct call *call, const struct access_request *request, const char *reason, const char *about,
    json_t *value) VAULT_MUST_CHECK;

/** Members of an event that follows from another one that was decided, and so is decided by no rule itself. */
json_t *call_own_members(struct call *call, const char *action);

/** Spend the approvals that the decisions of this call rest on, each once, by an event of its own.  Before what they allow;
 *  call_allow(), call_change() and call_permit() do it where the caller has not.  VAULT_EDENIED: another was quicker. */
int call_spend(struct call *call) VAULT_MUST_CHECK;

/**
 * Between the decision and what it shows, while the event was made durable, somebody may have frozen it.  Before
 * anything is shown that needs no permit; call_permit() does it itself.
 * @param client  row; 0: of all.   @retval VAULT_EFROZEN
 */
int call_check_frozen(struct call *call, int64_t client) VAULT_MUST_CHECK;

/** The permit that a durable event allows for one client. */
int call_permit(struct call *call, const struct decision *decision, uint64_t event, unsigned uses, int64_t client,
    unsigned compartments, const json_t *reveal, struct permit **permit) VAULT_MUST_CHECK;

/** Decide, log the intent, begin the change and apply @p what (taken over; may be NULL). */
int call_change(struct call *call, const struct access_request *request, json_t *what, struct change **change)
    VAULT_MUST_CHECK;
/** The same, wholly done, by an event that may have another name; `asked` then tells in it what was decided.
 *  @p seq is the event's number. */
int call_change_as(struct call *call, const struct access_request *request, const char *event, json_t *what,
    uint64_t *seq) VAULT_MUST_CHECK;
/** Members of a further event inside a change: the same actor and decision, other resources. */
json_t *call_note_members(struct call *call, const struct access_request *request, json_t *resources);

/** Commit if @p result is 0, else abort; gives @p result or the commit's error. */
int call_finish(struct call *call, struct change *change, int result) VAULT_MUST_CHECK;

/* --- Replies; each takes over its value --- */

int reply_row(struct call *call, json_t *row) VAULT_MUST_CHECK;
int reply_value(struct call *call, json_t *value) VAULT_MUST_CHECK;
/** A value that is put together as text; @p json is borrowed, and checked for lack of memory. */
int reply_json(struct call *call, const struct buffer *json) VAULT_MUST_CHECK;
/** Before the value: which version of a record it is of. */
int reply_tag(struct call *call, const struct ulid *record, int64_t version) VAULT_MUST_CHECK;
int reply_text(struct call *call, struct bytes text) VAULT_MUST_CHECK;
/** Must this long work stop? */
int reply_check(struct call *call) VAULT_MUST_CHECK;
void reply_progress(struct call *call, uint64_t done, uint64_t total, const char *unit);

json_t *json_ulid(const struct ulid *ulid);
json_t *json_hex(struct bytes bytes);
json_t *json_instant(int64_t instant);

/* --- Looking things up, shared between handlers --- */

int user_exists(struct call *call, const char *user, bool *found) VAULT_MUST_CHECK;
int role_exists(struct call *call, const char *role, bool *found) VAULT_MUST_CHECK;
int portfolio_exists(struct call *call, const char *portfolio, bool *found) VAULT_MUST_CHECK;
/** VAULT_ENOTFOUND with a sentence unless @p found.  A pointer, since the call that fills it is an argument beside it. */
int need(struct call *call, int result, const bool *found, const char *what, const char *name) VAULT_MUST_CHECK;
/** Before keys are handed on: the tables must say what the log says. VAULT_EFORGED. */
int check_authority(struct call *call) VAULT_MUST_CHECK;
/** Does the person hold a box of the role's present epoch?  If not, the grant is pending. */
int member_holds_role(struct call *call, const char *role, const char *user, bool *holds) VAULT_MUST_CHECK;
/** Into @p member, a grant that waits for a quorum: `approved_by`, and how many `shares` are there. */
int show_approvals(struct call *call, const char *role, const char *user, json_t *member) VAULT_MUST_CHECK;
json_t *json_compartments(unsigned mask);
/** A setting of accountable decryption may be switched on only where keys can be released. Does nothing for others. */
int check_accountable_setting(struct call *call, const char *name, const char *value) VAULT_MUST_CHECK;
/** The portfolio argument, or the only one, or the first ("main"). @p portfolio holds NAME_SIZE_MAX + 1. */
int call_portfolio(struct call *call, char *portfolio) VAULT_MUST_CHECK;

/** In a person's own program: operation_watch(), if enough has come. */
void operation_watch_if_due(struct session *session);

/* --- The handlers, one short file each (families share one) --- */

int op_user_add(struct call *call);
int op_user_list(struct call *call);
int op_user_passwd(struct call *call);
int op_user_disable(struct call *call);
int op_role_add(struct call *call);
int op_role_list(struct call *call);
int op_role_show(struct call *call);
int op_role_recover(struct call *call);
int op_portfolio_add(struct call *call);
int op_portfolio_list(struct call *call);
int op_grant_add(struct call *call);
int op_grant_approve(struct call *call);
int op_grant_remove(struct call *call);
int op_assignment_add(struct call *call);
int op_assignment_remove(struct call *call);
int op_client_add(struct call *call);
int op_client_list(struct call *call);
int op_client_show(struct call *call);
int op_record_import(struct call *call);
int op_record_list(struct call *call);
int op_record_read(struct call *call);
int op_record_search(struct call *call);
int op_record_history(struct call *call);
int op_record_correct(struct call *call);
int op_record_export(struct call *call);
int op_breakglass_open(struct call *call);
int op_breakglass_close(struct call *call);
int op_breakglass_review(struct call *call);
int op_breakglass_list(struct call *call);
int op_breakglass_show(struct call *call);
int op_notice_take(struct call *call);
int op_notice_waiting(struct call *call);
int op_review_start(struct call *call);
int op_review_next(struct call *call);
int op_review_keep(struct call *call);
int op_review_drop(struct call *call);
int op_review_list(struct call *call);
int op_handover_run(struct call *call);
int op_approval_request(struct call *call);
int op_approval_list(struct call *call);
int op_approval_show(struct call *call);
int op_approval_approve(struct call *call);
int op_approval_deny(struct call *call);
int op_approval_withdraw(struct call *call);
int op_approval_hand_back(struct call *call);
int op_log_replay(struct call *call);
int op_log_authority(struct call *call);
int op_log_diff_authority(struct call *call);
int op_log_stats(struct call *call);
int op_log_export(struct call *call);
int op_log_verify(struct call *call);
int op_log_bundle(struct call *call);
int op_log_checkpoint(struct call *call);
int op_log_policy(struct call *call);
int op_log_tiles(struct call *call);
int op_policy_show(struct call *call);
int op_policy_set(struct call *call);
int op_policy_list(struct call *call);
int op_policy_approve(struct call *call);
int op_policy_explain(struct call *call);
int op_policy_who_can(struct call *call);
int op_policy_what_can(struct call *call);
int op_policy_simulate(struct call *call);
int op_trace_marks(struct call *call);
int op_setting_list(struct call *call);
int op_setting_set(struct call *call);
int op_accountable_set(struct call *call);
int op_accountable_status(struct call *call);
int op_accountable_finish(struct call *call);
int op_log_reconcile(struct call *call);
int op_recipient_add(struct call *call);
int op_recipient_approve(struct call *call);
int op_recipient_remove(struct call *call);
int op_recipient_list(struct call *call);
int op_trace_person(struct call *call);
int op_witness_add(struct call *call);
int op_witness_list(struct call *call);
int op_witness_remove(struct call *call);
int op_incident_bundle(struct call *call);
int op_incident_coverage(struct call *call);
int op_incident_freeze(struct call *call);
int op_incident_unfreeze(struct call *call);
int op_incident_open(struct call *call);
int op_incident_note(struct call *call);
int op_incident_hold(struct call *call);
int op_incident_fulfil(struct call *call);
int op_incident_assess(struct call *call);
int op_incident_enter(struct call *call);
int op_incident_entries(struct call *call);
int op_incident_close(struct call *call);
int op_incident_show(struct call *call);
int op_incident_list(struct call *call);
int op_document_draft(struct call *call);
int op_document_finish(struct call *call);
int op_document_pages(struct call *call);
int op_document_written(struct call *call);
int op_document_deliver(struct call *call);
int op_document_list(struct call *call);
int op_template_list(struct call *call);
int op_template_show(struct call *call);
int op_template_set(struct call *call);
int op_facts_show(struct call *call);
int op_facts_set(struct call *call);
int op_register_add(struct call *call);
int op_register_renew(struct call *call);
int op_register_end(struct call *call);
int op_register_sign(struct call *call);
int op_register_list(struct call *call);
int op_register_mine(struct call *call);
int op_register_show(struct call *call);
int op_destroy_propose(struct call *call);
int op_destroy_run(struct call *call);
int op_destroy_withdraw(struct call *call);
int op_destroy_list(struct call *call);
int op_destroy_show(struct call *call);
int op_finding_draft(struct call *call);
int op_finding_change(struct call *call);
int op_finding_review(struct call *call);
int op_finding_sign(struct call *call);
int op_finding_withdraw(struct call *call);
int op_finding_show(struct call *call);
int op_finding_list(struct call *call);
int op_trace_report(struct call *call);
int op_trace_report_written(struct call *call);
int op_trace_run(struct call *call);
int op_trace_list(struct call *call);
int op_trace_show(struct call *call);
int op_trace_reveal_names(struct call *call);
int op_trace_reveal_approve(struct call *call);
int op_decoy_plant(struct call *call);
int op_decoy_list(struct call *call);
int op_decoy_retire(struct call *call);
int op_decoy_rotate(struct call *call);
int op_decoy_approve(struct call *call);
int op_alert_list(struct call *call);
int op_alert_acknowledge(struct call *call);
int op_user_contain(struct call *call);
int op_user_release(struct call *call);
int op_session_list(struct call *call);
int op_totp_enroll(struct call *call);
int op_totp_confirm(struct call *call);
int op_totp_remove(struct call *call);
int op_totp_reset(struct call *call);
int op_session_end(struct call *call);
int op_vault_backup(struct call *call);
int op_vault_doctor(struct call *call);

/** Every event of that name, or of names that begin so (log_index_query()), as JSON in the order of the log.
 */
int call_each_event(struct call *call, const char *event,
    int (*take)(void *context, uint64_t index, const json_t *leaf), void *context) VAULT_MUST_CHECK;

#endif
