/**
 * @file authority.h
 * Authority is what the log says: the one function that turns a logged change into rows of the store.
 *
 * Live changes, the replay of a log into an empty store, and so `log verify` and `log authority` all go through
 * authority_apply(), so that the tables cannot mean anything else than the events do.
 *
 * The `change` member of a leaf, by event:
 *   user.add           {user,sign,box}                   user.disable       {user}
 *   user.contain       {user,alert?}  (by himself, an admin or investigator)
 *   user.release       {user}         (by another admin or investigator)
 *   session.end        {user,session?} or {all}  (of others: by an admin or investigator)
 *   totp.enroll, totp.confirm  {user,hash}       totp.remove        {user}  (each by himself)
 *   totp.reset         {user}         (by another, an admin)
 *   incident.freeze    {kind,targets[],snapshot,size,root}  (by an admin or investigator; see freeze.h)
 *   incident.propose_unfreeze  {kind,targets[]}             incident.unfreeze  {kind,targets[],proposal}
 *   register.add, .renew, .end, .sign  (see registers.h)
 *   destroy.propose    {hash,count}       destroy.run        {proposal,hash,count}  (by another; the list by its hash)
 *   destroy.withdraw   {proposal}
 *   role.add           {role,base,keepers,epoch,public}  role.epoch         {role,epoch,public}
 *   grant.add          {role,user,until?}                grant.remove       {role,user}
 *   grant.approve      {role,user,grant}                 (grant: index of the event that granted it)
 *   portfolio.add      {portfolio}                       portfolio.epoch    {portfolio,epoch,keys{compartment:public}}
 *   reach.add          {role,portfolio,compartments[]}
 *   client.add         {portfolio,clients[],user?}       (user: assigned to the clients at once)
 *   assignment.add     {user,clients[]}                  assignment.remove  {user,clients[]}
 *   policy.set         {hash,narrows?}                   vault.birth        {origin,key,recovery,events,…}
 *   policy.propose     {hash}                            policy.approve     {hash,proposal}
 *   setting.propose    {name,value}                      setting.set        {name,value,proposal?}
 *   witness.add        {vkey,url,pin?,ca?}               witness.remove     {name}
 *   approval.request   {scope{},hash,needed,duration,uses}  approval.approve   {request,hash}
 *   approval.deny, .hand_back, .withdraw  {request}        approval.use       {request,action}
 *   (grant.add and policy.set name an `approval` and spend it themselves where the firm's settings ask for one)
 *   breakglass.open    {client?,duration,hash,told[]}      breakglass.close   {breakglass}
 *   breakglass.review  {breakglass,verdict,hash}           notice.take        {about[]}
 *   review.start       {due,items[]{role,user,grant}}      review.decide      {review,role,user,verdict}
 *   review.finish      {review}
 *   recipient.add      {name,kind,public,url?,vkey?,pin?,proposal?}     recipient.propose  {the same}
 *   recipient.remove   {name}                          breakglass.use    {name}
 * Public keys and hashes are base64 (a vkey is text, `ca` PEM); `until` is an instant in milliseconds; `proposal` is the index of the event that
 * proposed, by somebody else who is still active.
 */
#ifndef VAULT_ACCESS_AUTHORITY_H
#define VAULT_ACCESS_AUTHORITY_H

#include "vault/base/json.h"
#include "vault/crypto/hash.h"
#include "vault/store/store.h"

/** Is it an event whose change authority_apply() knows? */
bool authority_event(struct bytes event);
/** Append the names of all of them: what a program takes for authority. */
void authority_events(struct buffer *names);

/**
 * Apply one change inside the caller's transaction.
 * @param actor  who signed it (granted_by, assigned_by).
 * @param seq    index of the event.
 * @param time   when it was logged.
 * @retval VAULT_EDENIED   the actor is no admin (or, for a new epoch, no member), whatever any policy says.
 * @retval VAULT_EDAMAGED  a change that does not fit what is there (a live caller checks first, and says it better).
 */
int authority_apply(struct store *store, const char *event, const char *actor, const json_t *change, uint64_t seq,
    int64_t time, struct failure *failure) VAULT_MUST_CHECK;

/** The hash of all authority tables, row by row, of what authority_compare() compares: equal where nothing differs. */
int authority_hash(struct store *store, struct hash *hash, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Compare the authority tables of two stores row by row.
 * @param difference  called with a sentence for each row that is in one only, or differs.
 */
int authority_compare(struct store *replayed, struct store *tables,
    int (*difference)(void *context, const char *what), void *context, struct failure *failure) VAULT_MUST_CHECK;

#endif
