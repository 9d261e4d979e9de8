/**
 * @file settings.h
 * What a firm settles for itself, beside its policy: signed events, as all authority is.
 *
 *   policy.two_people  on, off: a policy that may widen access takes effect only when a second person who may
 *                      approve it has.  Switching it off takes two people as well.
 *   policy.tests       off, on: a policy is set only by a program that says it has tried the firm's own cases
 * on it.
 *   accountable.books, .bank, .tax, .payroll, .identity, .documents
 *                      on, off: record keys of the compartment open only with a witness's release.  Switching it off
 *                      takes two people.
 *   export.marks       on, off: exports are marked, each differently, without a value being changed.  Switching it off
 *                      takes two people, as each of the next three does.
 *   export.marks.texts, export.marks.order, export.marks.workbook
 *                      on, off: by the writing of texts, by the order of clients, by a property of workbooks.
 *   export.unmarked    authority, none, or codes of purposes separated by commas, whose exports are not marked.
 *   export.decoys      clients, all, off: exports of 20 clients or more hold made-up clients ("all": with vouchers,
 *                      invoices, bank lines and payroll entries that cancel out), by which a piece of the file is recognised, where they are marked (export.marks).
 *                      Switching it off takes two people.
 *   export.footer      on, off: workbooks say at the foot of a printed page who exported them, by which event.
 *   approval.export    off, or ROWS:N: an export of more than so many rows needs the approval of N others.
 *   approval.reveal    off, or COMPARTMENT,…:N: so does unmasking fields of these compartments ("all": of any).
 *   approval.grant     off, or N: so does a grant of a role that reads records.
 *   approval.policy    off, or N: so does a policy that may permit more than the one in force.
 *   approval.hook      off, or the path of a program that is told of requests and of broken glass.
 *   approval.mail      off, or an address to which the system's sendmail sends the same.
 *   breakglass.review_days  within so many days somebody else must have reviewed a broken glass, or the person is locked.
 *   review.missed      tell, suspend: what becomes of grants that a review has not decided on when it is due.
 *                      All of these take two people to loosen, and to set a program.
 *   register.gate      on, complete, off: who does no client work: whose training, agreement or signature under a rule has
 *                      lapsed; also who has none of a training or agreement that others have; nobody for that.
 *                      To loosen it takes two people.
 *   witness.quorum     majority, all, any, or how many of the witnesses must cosign a checkpoint.
 *   witness.max_lag    warn, or how far the log may be ahead of its witnesses before nothing more is disclosed: so many
 *                      events ("200"), for so many minutes ("30m"), or both ("200,30m").
 *   alert.within       hours within which somebody should take note of an alert: findings name who was shown one and did not;
 *                      two people to lengthen.
 *   alert.hook         off, or the path of a program that is told of alerts; to set one takes two people.
 *   login.totp         optional, off, required:DAYS: whether logins at a server ask for a second factor: of who has enrolled one,
 *                      of nobody, or of everybody, who has so many days for it.  To loosen it takes two people.
 *   session.bind       none, address, network: a session at a server goes on only where it began: from the same address, or
 *                      from the same network (/24, /64). People on the machine itself are told apart by their user id.
 *   session.idle       a session at a server that was not used for so many minutes ends.
 *   session.longest    it ends after so many hours in any case.  Both, and session.bind, take two people to loosen.
 *   alert.mail         off, or an address to which the system's sendmail sends the same.
 *   alert.volume       on, off: who is shown far more on a day than on his other days, and than others, raises an alert.
 *   alert.first_access off, on: so does the first time that somebody is shown something of a client.
 *   alert.ended_client on, off: so does work on a client whose card says that the service has ended.
 *   alert.hours        off, or when the firm works: "mon-fri,08:00-20:00", in this machine's time or with ",+08:00" behind it;
 *                      who is shown something at other times raises an alert, one a day.
 *   alert.failed_logins  10, or how many failed logins of one name within an hour raise an alert; off.
 *                      Switching the first, third and fourth off takes two people.
 *   backup.max_age     8d, or so many days, or off: after how long without a backup the doctor says so.
 *   decoy.contain      off, suspend: whether who touches a decoy where he has no business is contained at once.
 *   decoy.two_investigators
 *                      off, on: what one investigator orders (plant, retire, rotate) waits until another has agreed.
 *                      Switching it off takes two people.
 */
#ifndef VAULT_ACCESS_SETTINGS_H
#define VAULT_ACCESS_SETTINGS_H

#include "vault/store/store.h"

#define SETTING_ALERT_HOOK "alert.hook"
#define SETTING_ALERT_WITHIN "alert.within"
#define SETTING_ALERT_VOLUME "alert.volume"
#define SETTING_ALERT_FIRST "alert.first_access"
#define SETTING_ALERT_HOURS "alert.hours"
#define SETTING_ALERT_LOGINS "alert.failed_logins"
#define SETTING_ALERT_ENDED "alert.ended_client"
#define SETTING_BACKUP_AGE "backup.max_age"
#define SETTING_ALERT_MAIL "alert.mail"
#define SETTING_DECOY_CONTAIN "decoy.contain"
#define SETTING_DECOY_TWO_INVESTIGATORS "decoy.two_investigators"
#define SETTING_LOGIN_TOTP "login.totp"
#define SETTING_SESSION_BIND "session.bind"
#define SETTING_SESSION_IDLE "session.idle"
#define SETTING_SESSION_LONGEST "session.longest"
#define SETTING_TWO_PEOPLE "policy.two_people"
#define SETTING_TESTS "policy.tests"
#define SETTING_TWO_INVESTIGATORS "trace.two_investigators"
#define SETTING_QUORUM "witness.quorum"
#define SETTING_MAX_LAG "witness.max_lag"
#define SETTING_MARKS "export.marks"
#define SETTING_MARKS_TEXTS "export.marks.texts"
#define SETTING_MARKS_ORDER "export.marks.order"
#define SETTING_MARKS_WORKBOOK "export.marks.workbook"
#define SETTING_UNMARKED "export.unmarked"
#define SETTING_DECOYS "export.decoys"
#define SETTING_FOOTER "export.footer"
#define SETTING_APPROVAL "approval."
#define SETTING_APPROVAL_EXPORT "approval.export"
#define SETTING_APPROVAL_REVEAL "approval.reveal"
#define SETTING_APPROVAL_GRANT "approval.grant"
#define SETTING_APPROVAL_POLICY "approval.policy"
#define SETTING_APPROVAL_HOOK "approval.hook"
#define SETTING_APPROVAL_MAIL "approval.mail"
#define SETTING_REGISTER_GATE "register.gate"
#define SETTING_REVIEW_DAYS "breakglass.review_days"
#define SETTING_REVIEW_MISSED "review.missed"

/** What a proposal is about: a policy, or a setting by its name behind this. */
#define PROPOSAL_POLICY "policy"
#define PROPOSAL_SETTING "setting "
#define PROPOSAL_RECIPIENT "recipient"
#define PROPOSAL_UNFREEZE "unfreeze"
#define PROPOSAL_SUBJECT_MAX 80

struct setting {
    const char *name;
    const char *values;    /* separated by blanks; the first holds as long as nobody has set another */
    const char *loosening; /* the value that takes two people; NULL: none */
    bool (*takes)(const char *value); /* values besides those listed, which then only show how they look; or NULL */
    bool (*loosens)(const char *now, const char *value); /* what takes two people, where `loosening` does not say it; or NULL */
};

/** The settings that there are, one after another; NULL past the end. */
const struct setting *setting_at(size_t i);
/** By name; NULL if there is none. */
const struct setting *setting_find(const char *name);
/** Is it one of the values of the setting? */
bool setting_takes(const struct setting *setting, const char *value);

/** Does setting @p value where @p now holds take two people? */
bool setting_loosens(const struct setting *setting, const char *now, const char *value);

/** What a value of SETTING_LOGIN_TOTP means (access/second_factor.h); a value that is none asks for nothing.
 *  @param grace  days. */
enum second_factor_rule { SECOND_FACTOR_UNUSED, SECOND_FACTOR_OPTIONAL, SECOND_FACTOR_REQUIRED };
enum second_factor_rule totp_rule_parse(const char *value, int64_t *grace);

/** How far the log may be ahead of its witnesses. */
struct max_lag {
    int64_t events;  /* INT64_MAX: no limit */
    int64_t minutes; /* the same */
};
/** False unless it is a value of SETTING_MAX_LAG. */
bool max_lag_parse(const char *value, struct max_lag *lag);
/** How many of @p count witnesses a value of SETTING_QUORUM means: 1 to count, 0 of none; false unless it is one. */
bool quorum_parse(const char *value, size_t count, size_t *quorum);

/** The value in force, at most SETTING_VALUE_MAX bytes and NUL. */
#define SETTING_VALUE_MAX 200
int setting_value(struct store *store, const struct setting *setting, char value[SETTING_VALUE_MAX + 1],
    struct failure *failure) VAULT_MUST_CHECK;
int setting_is_on(struct store *store, const char *name, bool *on, struct failure *failure) VAULT_MUST_CHECK;

/** "8d": 8; 0 for anything else. */
int64_t setting_days(const char *value);

/** A proposal in store. */
struct proposal {
    int64_t seq;
    char subject[PROPOSAL_SUBJECT_MAX];
    struct buffer hash;
    struct buffer text;
    struct buffer proposer;
    bool active; /* the proposer has not been disabled since */
};
void proposal_free(struct proposal *proposal);
/** VAULT_ENOTFOUND if there is none of that number. */
int proposal_get(
    struct store *store, int64_t seq, struct proposal *proposal, struct failure *failure) VAULT_MUST_CHECK;

#endif
