/**
 * @file ops.h
 * The table of operations: everything that can be asked of an open vault, for every door.
 *
 * A door turns what it was told into an operation's name and a JSON object of arguments, and what comes back into its
 * own form.  operation_run() is the only way to a handler; a handler's first step is the policy's decision, its second
 * the event, and only then it acts.
 *
 * Operations, their arguments (a ? marks optional ones) and replies.  `rows` are delivered one by one, `value` once at
 * the end, `text` as bytes to be shown as they are.  CLIENT is an id (ULID), a client number or a tax id, or a name
 * that is one client's only.  PURPOSE is "code" or "code:reference".
 *
 * Each stands in vault/server/api/api.txt too, with the types of what it replies, or the build stops; and in the walk of
 * tests/scenario/server_commands.py, which wants every command of the program to do here and at a server the same.
 *
 *   user.add        {user} + secret: the new passphrase        value {user,event}
 *   user.list       {}                                          rows {user,disabled,roles[]}
 *   user.passwd     {} + secret: the new passphrase             value {user,event}
 *   user.disable    {user}                                      value {user,event}
 *   user.contain    {user}                                      value {user,contained,event}
 *   user.release    {user}                                      the same
 *   totp.enroll     {}                                          value {user,uri,secret,event}
 *   totp.confirm    {} + secret: a code                         value {user,recovery_codes[],event}
 *   totp.remove     {} + secret: a code or a recovery code      value {user,event}
 *   totp.reset      {user}                                      value {user,event}
 *   session.list    {}      rows {id,user,source,began,used,expires,current}: everybody's, at a server
 *   session.end     {session?,user?,all?}, one of them          value {session?,user?,all,event}
 *   role.add        {role,like?,keepers?,portfolios?[],compartments?[]}  value {role,event}
 *   role.list       {}                                          rows {role,like,keepers,epoch,members}
 *   role.show       {role}    value {role,like,keepers,epoch,quorum?{needed,of,holders[]},
 *                                    members[]{user,until?,granted_by,pending,approved_by?[],shares?},
 *                                    portfolios[]{portfolio,compartments[]}}
 *   role.recover    {role,user} + secret: shares                value {role,user,event}
 *   portfolio.add   {portfolio,roles?[]}                        value {portfolio,event}
 *   portfolio.list  {}                                          rows {portfolio,clients,roles[]}
 *   grant.add       {role,user,until?}                          value {role,user,until?,pending,event,needed?,approved_by?[],shares?}
 *   grant.approve   {role,user}                                 value {role,user,needed,approved_by[],shares,event}
 *   grant.remove    {role,user}     value {role,user,epoch,left,seen{records,clients},event}
 *   assignment.add  {clients?[],portfolio?,user}                value {user,clients,event}
 *   assignment.remove  the same
 *   client.add      {client_no,name,tax_id?,portfolio?}         value {id,client_no,name,tax_id?,portfolio,event}
 *   client.list     {portfolio?}                                rows {id,client_no,name,tax_id,portfolio}
 *   client.show     {client}  value {id,client_no,name,tax_id,portfolio,assigned[],records{kind:count},event}
 *   record.import   {files[],format?,client?,portfolio?,encoding?,dry_run?}
 *                   value {files[]{file,format,encoding,read,new,changed,same,refused[]{where,reason},
 *                          warned[]{where,reason},controls[]{name,stated,computed,ok},unmapped[]},dry_run?,event}
 *   record.list     {client,kind?,period?,purpose?}             rows {id,kind,period,date,key,title,version}
 *   record.read     {client,record,reveal?[],purpose,version?,unless_version?}
 *                   value {client{id,client_no,name},record{id,kind,period,date,version,fields{},masked[]},event}; who has
 *                   `unless_version` already uses his copy again: the same decision and event, value {unchanged,version,event}
 *   record.search   {word,client?,limit?,purpose?}              rows {client,record,kind,title,matched[]}
 *   record.history  {client,record}                             rows {version,at,author,event,file?,sha256?}
 *   record.correct  {client,record,fields{},purpose,if_version?}  value {id,version,event}; VAULT_ECHANGED where it is at
 *                   another version by now, and then nothing is changed
 *   record.export   {clients[],kind?,period?,format,out,purpose,reveal?[],encoding?,no_marks?,no_decoys?,footer?}
 *                   value {out,rows,sha256,event,decoys?}: records made up for it, beside its rows
 *   approval.request {action,resources?[],rows?,fields?[],compartments?[],member?,until?,policy?,approvals?,uses?,reason,for}
 *                   value {APPROVAL,people[],event}; `for` is a span such as "30m", "8h", "2d"; no resource is the vault
 *                   APPROVAL: request,requester,state,action,type,ids[],needed,approved_by[],filed,until?,left
 *   approval.list   {mine?,all?}                                rows {APPROVAL}; mine: what waits for oneself
 *   approval.show   {request}  value {APPROVAL,scope{},reason,minutes,policy?,approvals[]{user,event,lapsed?},closed_by?}
 *   approval.approve, .deny, .withdraw, .hand_back  {request}   value {APPROVAL,event}
 *   breakglass.open {reason,for,client?}                        value {GLASS,told[],event}
 *                   GLASS: breakglass,user,state,client?,until,due,reviewed_by?,verdict?
 *   breakglass.close {breakglass}                               value {GLASS,event}
 *   breakglass.review {breakglass,verdict,note?}                value {GLASS,event}; verdict: ok, not_ok
 *   breakglass.list {}                                          rows {GLASS}
 *   breakglass.show {breakglass}                                value {GLASS,reason,note?,events[]{event,name}}
 *   notice.take     {}                                          rows {GLASS}: of which one was not told before
 *   notice.waiting  {}                                          value {notices,approvals,reviews,items,due?,own_lapses?,lapses?{over,soon,first?}}: how much waits for
 *                   oneself: what notice.take would tell, requests, broken glass, grants of reviews and when they are due
 *   review.start    {due,role?,user?}                           value {review,due,grants,event}
 *   review.next     {review?}      value {done} or {done,review,role,user,due,open,seen{records,clients},granted_by,granted,until?}
 *   review.keep, review.drop  {role,user,review?}               value {review,role,user,verdict,open,event}
 *   review.list     {}                                          rows {review,started_by,due,missed,open,state}
 *   handover.run    {user,to,preview?}
 *                   value {user,to,preview,clients[],roles[]{role,given,until?},pending[]{APPROVAL},
 *                          seen{records,clients,list[]{client,records}},event?}
 *   log.replay      {actor?,client?,record?,event?,from?,to?,limit?,follow?}   text lines: the leaves exactly as logged
 *                   with story: rows {actor,session?,host?,from,to,first,events,
 *                               lines[]{time,event,effect,policies[],client?,purpose?,ticket?,member?,on?,records,
 *                                       kinds{}?,ids[]?,clients[]?,fields[]?,scope[]?,rows?,undone?,times,first,last}}
 *   log.stats       {the filters of log.replay}
 *                   value {events,people[]{actor,COUNTS},clients[]{client,COUNTS},hours[]{hour,COUNTS}}
 *                   COUNTS: events,reads,reveals,searches,lists,exports,exported?,denials; exported (rows) is not
 *                   known by client
 *   log.export      {format,out,framing?,follow?, the filters of log.replay}
 *                   text: the records where out is "-"; else value {out,format,entries,sha256,event}
 *   log.diff_authority  {from,to?}
 *                   rows {change,what,user?,role?,portfolio?,client?,name?,value?,was?,how,by,event,time}
 *   log.authority   {at?}        rows {user,role,portfolios[],until?,granted_by,event}
 *   log.verify      {since?,skip_signatures?}
 *                   value {ok,origin,size,root,problems[]{index?,what},signatures,…}
 *   log.bundle      {out,purpose,range?,redact?,since?,record_proofs?,archive?,releases?} and the filters of log.replay
 *                   value {out,scope,told,redacted,releases,tree_size,manifest_sha256,event}
 *   log.reconcile   {}   value {ok,releases,unanswered,unmatched[]{log,seq,access_seq,why}}
 *   log.checkpoint  {}                                          text: the signed note
 *   log.policy      {}                                          text: the C2SP policy of this log
 *   trace.marks     {files[],encoding?}  rows {file,sha256,rows,positions,weighed,unmarked,unread,threshold,traced,exports[]}, one a
 *                   file; exports[] {event,time,found,bound,log10_ratio,log10_by_kind{},score,positions,survived{}}, likeliest first
 *   log.tiles       {out,hashes_only?}                          value {out,size,files,event}
 *   policy.show     {hash?}                                     text
 *   policy.list     {}                                          rows {hash,state,bytes,event,by?}
 *   policy.set      {text}                                      value {hash,event,proposed,because?}
 *   policy.approve  {hash}                                      value {hash,proposed_by,event}
 *   policy.explain  {event} or {user,action,resource,purpose?,member?}
 *                   value {effect,policies[],policy_hash,rules[],needs[],question{},event?,logged?{},agrees?};
 *                   see access/inquiry.h
 *   policy.who_can  {action,resource,purpose?,member?,all?}     rows {user,permitted,policies[]}
 *   policy.what_can {user,purpose?}                             rows {action,resource,count,of,kinds?[],policies[]}
 *   policy.simulate {text,from?,to?}
 *                   value {decisions,changed,unknown,changes[]{user,action,was,was_by[],becomes,becomes_by[],
 *                          count,first,last}}
 *   setting.list    {}                                          rows {name,value,values}
 *   setting.set     {name,value}                                value {name,value,proposed,event}
 *   accountable.set {compartment,value}                         value as setting.set
 *   accountable.status {}                                       rows {compartment,accountable,wrapping}
 *   accountable.finish {}                                       value {wrapped,left[]}
 *   recipient.add   {url,vkey,pin?} or {public}                 value {name,proposed,event}
 *   recipient.approve {name}                                    value {name,proposed,event}
 *   recipient.remove {name}                                     value {name,event}
 *   recipient.list  {}                                          rows {name,kind,url,vkey,event}
 *   witness.add     {url,vkey,pin?,ca?}      value {witness,url,event,cosigned,warning?}
 *   witness.list    {}                       rows {witness,url,vkey,pin?,size,time?,behind,added_by}
 *   witness.remove  {witness}                value {witness,left,event}
 *   incident.freeze {clients?[] or portfolio? or user? or all?,purpose?}
 *                   value {kind,targets[],frozen,snapshot,size,root,roles,checkpoint,event}; see access/freeze.h
 *   incident.unfreeze  the same      value {kind,targets[],frozen,proposed,event}: the second person's takes effect
 *   incident.open   {title?,discovered_by?,how?,jurisdictions?[],moments?{},circumstances?{},file?}   value {id,step,event}
 *   incident.note   {id,kind?,text?,file?,moments?{},circumstances?{},user?,as?}     the same; see incident/case.h
 *   incident.hold   {id,clients?[],release?,text?}                                   the same
 *   incident.fulfil {id,duty,at? or event?,text?,file?}      the same; event: of the log, which shows it and says when
 *   incident.assess {id,person?,since?,until?,trace?,loss_yuan?,gain_yuan?,trade_secret_yuan?,outsider?}
 *                   value {id,event,person?,persons{strict,lenient},readings{strict,lenient},amounts{},clients[],classes[]{class,n,clients,fields[],strict,lenient,…},
 *                          personal_information{offence{},mixed{},strict{pieces{},ordinary{},in_service{}},lenient{}},
 *                          thresholds[] (law/gauge.h),roles[]{role,kinds[],…},encryption{frees,events,first_event?,last_event?},
 *                          trace?{},circumstances{},facts{checked,stale}}
 *   incident.enter  {id,kind? or entry,fields?{},state?,file?}   value {id,entry,kind,state,event,monthly_limit?}; incident/entry.h
 *   incident.entries {id,kind?,group?}   rows as entries_of(), value as entries_sum()
 *   incident.close  {id,text?}             value {id,step,event}; text: why duties stay open
 *   incident.show   {id}   value: incident/case.h with steps[].says{}, duties[] (law/duties.h; todo?: what to type; proposed?{event,at,by}: a freeze that may have been it), running[] (entries with a clock), frozen[], next, now,
 *                          facts{checked,stale,set_by_event}
 *   incident.coverage {}   rows {id,en,zh,items[],commands[]}: what an incident asks, and which commands serve it
 *   incident.list   {}     rows {id,status,opened,by,steps,held}, then rows {frozen{kind,target,event}}
 *   incident.bundle {id,out,archive?,since?,with_files?,with_documents?}   value {id,out,told,extends,tree_size,manifest_sha256,case_sha256,steps,documents,files,custody,attached,event}:
 *                   the case's events with proofs, and case.json beside them; evidence/FORMATS.md, section 12
 *   document.draft  {id,kind,lang?,fields?{NAME: text},recipients?{ID: {name?,NAME: text}},clients?,finding?,replace?,again?}
 *                   value {case,document,kind,lang,of,skipped,left_out,missing[{field,zh,en,article}],page,event}; clients: one for
 *                   each client of whom the last assessment says that something was seen, recipients then give names and fields;
 *                   nobody gets a second one of a kind, but with `again` whom none reached.  lang: zh (default), en
 *   document.finish {id,document}    value {case,document,page,event}: every field that it must have is there; what goes to the
 *                   public or the staff (statement, press, bulletin, open-record) holds no personal data
 *   document.pages  {id,document}    rows {no,recipient?,name?,sha256,html}; value {case,document,kind,lang,state,of,event}
 *   document.written {id,document,hashes{NAME: SHA-256}}      value {case,document,event}: files that were made of the pages
 *   document.deliver {id,document,entries{NO or ID: {state,how?,at?,proof?}}}  value {case,document,entries,event}
 *   document.list   {id,document?}   rows {document,kind,lang,state,of,page,by,time,event,finished?{},replaced_by?,written?{},sent,
 *                   delivered,bounced,replied,refused}; of one document {no,recipient?,name?,sha256,state?,how?,at?,proof?,event?}
 *   document.template_list {}        rows {kind,lang,own,fields,must,en,zh,article,event?}
 *   document.template_show {kind,lang?}        value {kind,lang,own,fields[],text,event?}
 *   document.template_set  {kind,lang?,text?}  value {kind,lang,own,event}; no text: the program's own again
 *   facts.show      {section?}   value {about,checked,review_days,stale,duties,thresholds,set_by_event}; of a section its rows;
 *                                of "all" the whole file
 *   facts.set       {text}       value {checked,event}
 *   register.add    {kind,name,users?[] or client?,until,text? or file?}   value {kind,name,version,entries,event}; registers.h
 *   register.renew, register.end   the same (end: without until, text and file)
 *   register.sign   {name}   value {name,version,sha256,event}
 *   register.list   {kind?,user?,days?,ended?}   rows {kind,name,user?,client?,version,since,until,state,unsigned?[]};
 *                   days: only what lapses within so many, or has.  state: current, due, lapsed, ended
 *   register.mine   {}       rows of what is of oneself: the same, of rules `signed`
 *   register.show   {kind,name,user?,client?,signatures?}    value {a row of the list, sha256?,text? or base64?,file?,signatures?[]{user,version,time,event}}
 *   destroy.propose {clients?[],kind?,period?,expired?}   value {list,records,kinds{},kept,event}: a list of records to be erased;
 *                   expired: those that the law lets go, else one that must be kept refuses all
 *   destroy.run     {list}   value {list,records,event}: by another than who proposed it; nothing of them remains
 *   destroy.withdraw {list}  the same
 *   destroy.list    {}       rows {list,proposed_by,records,state,by?,event?}; state: proposed, done, withdrawn
 *   destroy.show    {list}   rows {id,client,kind,period,version,sealed}, value {list,proposed_by,records,state}
 *   finding.draft   {case? or trace?{},direct[],events?[],left?,summary?}  value {id,version,sha256,status,event,persons[]}
 *                   trace: what `trace --json --details` prints of one leak; see incident/finding_case.h
 *   finding.change  {id,change,…}            value {id,version,sha256,status,event}; change is one of
 *                   add {user,part?,of?,events?[],rule?,policy?,fault?,known?}, drop {user,part?}, text {section,text},
 *                   hear {user,text}, supersede {reason}
 *   finding.review  {id,result,note?}        the same; result: accept or return
 *   finding.sign    {id}                     the same
 *   finding.withdraw {id,reason}             the same
 *   finding.show    {id,version?}            value: incident/finding_history.h with notes, and document{} (incident/finding.h)
 *   finding.list    {}                       rows {id,status,version,author,time,signed_version?,case?}
 *   trace.report    {id,bundle,case?,since?,version?,names?}   value: all that a report says; see ops/report_private.h
 *   trace.report_written {report,hashes{}} value {event}: to be asked by who made files of it, before they get their name;
 *                   `report` is the event of trace.report, hashes the SHA-256, as hex, of report.html, report.pdf, finding.json
 *   trace.person    {person,since?,until?}
 *                   value {person,events,by{},first?{event,time},last?{},clients,cards,records,kinds{},people{least,most},
 *                          opened,decoys?,classes[]{class,n,clients,fields[]{kind,fields[],records,clients},strict{tier,threshold?,
 *                          ratio?,threshold_in_service?,ratio_in_service?},lenient{},en,zh,article,status,since,…},
 *                          mixed{strict{sum,sum_in_service,serious,…},lenient{},basis{}},law{},
 *                          client_rows[]{client,records,first,last,first_event,last_event},event}
 *   trace.run       {leak,before?,encoding?}
 *                   value as in trace_reply.h with case, sha256, subject, before, clients[], marks[], keyless, event,
 *                   individuals{least,most}, matched[]{fields[],n} (trace_people.h),
 *                   ours[]{row,client,record?,portfolio,agree[],differ[],current_from,current_until,decoy?};
 *                   people are "person 1", …
 *   trace.list      {}                                          rows {case,event,time,by,leak,rows,linked,lost?}; lost: the event is there, the case is not
 *   trace.show      {case}                                      value: what trace.run replied, with by and at
 *   trace.reveal_names {case,persons[]?,purpose}
 *                   value {case,names{PSEUDONYM: user},event}, or, where two investigators are asked for,
 *                   {case,requested,event,expires,approved}: to be asked again when somebody else has agreed
 *   trace.reveal_approve {case}                                 value {case,user,persons[],request,event}
 *   decoy.plant     {user? or role? or portfolio?,count?,like?[]}  value {ordered,for,portfolio,event,awaits?}
 *   decoy.list      {}     rows {state,client?,client_no?,name?,tax_id?,portfolio,for?,people[]?,by,ordered,planted?,retired?,
 *                                touched[]?{at,by,how},count?,clients[]?,records?,event}
 *   decoy.retire    {clients[]}                                 value {retired,event,awaits?}
 *   decoy.rotate    {older_than}                                value {rotated,event?,awaits?}
 *   decoy.approve   {order,refuse?}                             value {order,agreed,by,event}
 *   alert.list      {from?,to?,all?}   rows {id,kind,severity,how,person,at,event,cause?,client?,told[]{by,at,event,ended?,way?},
 *                                            acknowledged?{by,at,event,note?}}
 *   alert.acknowledge {alert,note?}                             value {alert,event}
 *   vault.backup    {out}                                       value {out,bytes,sha256,event}
 *   vault.doctor    {}                                          rows {check,ok,detail,remedy?}
 *
 * RESOURCE of questions: vault, log, portfolio:NAME, role:NAME, user:NAME, a record's id, or a CLIENT.
 * Events of findings: "17", or "17-20".
 * Periods: YYYY, YYYY-MM, or FROM..TO of either.  Moments: RFC 3339 in UTC, or a date.
 */
#ifndef VAULT_OPS_OPS_H
#define VAULT_OPS_OPS_H

#include "vault/access/session.h"
#include "vault/base/json.h"

/** Where replies go; NULL callbacks discard.  A callback that returns non-zero stops the operation. */
struct reply {
    void *context;
    int (*row)(void *context, json_t *row);     /* borrowed */
    int (*value)(void *context, json_t *value); /* borrowed */
    /** A value that is text already, as JSON without blanks, for a door that hands it on; NULL: `value` gets it, read. */
    int (*json)(void *context, struct bytes json);
    int (*text)(void *context, struct bytes text);
    /** Before the value: which version of a record it is of, or was made.  NULL: nobody asks. */
    int (*version)(void *context, const char *record, int64_t version);
    /**
     * What follows the log has told all that there is: show it, and wait a little for more.  false: enough.  NULL: do not
     * wait.
     */
    bool (*wait)(void *context);
    /** Often in long work: VAULT_OK, or why it must stop, which is then what the operation comes to.  NULL: go on. */
    int (*check)(void *context);
    /** Whenever something is asked about a client, before it is decided: what `check` may hold it against.  NULL: no
     *  matter. */
    void (*about)(void *context, const struct ulid *client, const char *portfolio);
    /** The sessions at this door: an array of {id,user,source,began,used,expires,current}, the caller's.  NULL: the door
     *  has none. */
    int (*sessions)(void *context, json_t **list);
    /** Now and then in long work; @p total 0 if unknown.  `unit` is static: "rows", "entries", "bytes". */
    void (*progress)(void *context, uint64_t done, uint64_t total, const char *unit);
};

/** Where it runs, if that is a server. */
struct operation_host {
    int64_t certificate_end; /* instant; 0: there is no HTTPS */
};

struct operation_call {
    const char *name;
    const json_t *arguments;     /* object; checked: unknown or ill-typed members are VAULT_EUSAGE */
    const struct secret *secret; /* where the operation takes one */
    const struct operation_host *host; /* NULL: a program of the person's own */
    /**
     * Chosen by whoever asks, for this one request; `request` is all of it, as it came.  A change that succeeds is made once
     * for a key, and the same request with it gets the first answer again: VAULT_EINPUT if it is another one, VAULT_EEXISTS
     * if there is no answer.  See access/repeat.h.  Operations that change nothing pass it over.  Empty: none.
     */
    struct bytes key;
    struct bytes request;
};

/**
 * Run one operation to its end.
 * @retval VAULT_EDENIED and the others of error.h; @p failure holds the sentence for people.
 */
int operation_run(struct session *session, const struct operation_call *call, const struct reply *reply,
    struct failure *failure) VAULT_MUST_CHECK;

/** Look through what the log has got since somebody last did, for what should be looked at, and tell of it
 * (access/watch.h).  operation_run() does it now and then by itself where it runs in a person's own program; a server calls
 * this between operations, so that nobody waits. */
void operation_watch(struct session *session);
#define OPERATION_WATCH_LAG 16u /* entries: then a person's own program does it */
/**
 * Was this call's key answered already?  Then the first answer is told again.  For a door that would have to bring files
 * first; operation_run() asks it too.
 * @retval VAULT_EINPUT, VAULT_EEXISTS  as there.
 */
int operation_again(struct session *session, const struct operation_call *call, const struct reply *reply, bool *again,
    struct failure *failure) VAULT_MUST_CHECK;

/** Is there such an operation? */
bool operation_exists(const char *name);
/** The operations in the order of the table: the name of one, NULL past the end; static. */
const char *operation_at(size_t i);

/**
 * What an operation takes, as the table has it: words of a letter and a name each. t text, n number, b flag, l list of
 * texts, o object; upper case: required.  NULL: there is no such operation.
 * @param secret  it takes one.
 */
const char *operation_arguments(const char *name, bool *secret);

/**
 * Which arguments are paths on the machine where the operation runs: those called `file`, `files` and `leak` are read,
 * `out` and `bundle` are written.  A door for other machines brings what is read and fetches what was written, and opens no path that
 * it was told.
 * @param reads   the name of the argument, a text or a list of them; NULL: none.
 * @param writes  the same, a text.
 */
void operation_paths(const char *name, const char **reads, const char **writes);

/**
 * Unpack a backup into a new directory and check that it opens; needs a person of that vault.
 * @retval VAULT_EEXISTS  the directory is not empty;  VAULT_EDAMAGED  not a whole backup.
 */
int vault_restore(const char *backup, const struct session_options *options, const struct reply *reply,
    struct failure *failure) VAULT_MUST_CHECK;

/** What a drill is to be. Borrowed. */
struct drill_plan {
    const char *out;    /* the directory in which it is played; there is nothing yet */
    const char *person; /* whose disclosures are assessed; NULL: who drills */
    int64_t discovered; /* instant at which the leak is said to have been found; 0: now */
    int64_t next;       /* instant at which the next drill is due; 0: in a year */
    bool keep;          /* leave the copy and the bundle where they are */
};

/**
 * Play the case of an incident on a copy of the vault (session_exercise()), and enter in the register what came of it,
 * also where a step failed: rows {step,operation,ms,ok,why?}, value
 * {name,passed,steps[],clocks[{duty,force,state,due,late}],late,ms,kept?,event}.  The copy is removed, and nothing of it
 * reaches anybody.  Of the real vault the log has drill.copy and drill.run, the store an entry.
 * @retval VAULT_EDENIED  the person may not drill; nothing was made.
 * @retval VAULT_EEXISTS  there is something at plan->out.
 * Otherwise what the first step that failed came to.
 */
int vault_drill(const struct session_options *options, const struct drill_plan *plan, const struct reply *reply,
    struct failure *failure) VAULT_MUST_CHECK;

#endif
