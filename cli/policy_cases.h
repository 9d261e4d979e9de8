/**
 * @file policy_cases.h
 * A firm's own cases: who must be allowed what, and who must not, as JSON files; tried without a vault.
 *
 * A file NAME.json holds one case or an array of them:
 *
 *     {"name": "amy reads her client", "principal": "User::\"amy\"", "action": "Action::\"record.read\"",
 *      "resource": "Record::\"r1\"", "context": {…}, "entities": […], "expect": "allow", "rule": "…"}
 *
 * `entities` is Cedar's entities JSON; actions need not be among them.  `context` may be left out or hold
 * only what matters: time, source, hour, day and approvals are filled in.  `rule`, if given, must be among
 * the rules that decide.
 */
#ifndef CLI_POLICY_CASES_H
#define CLI_POLICY_CASES_H

#include "cli/cli.h"

/** What came of all cases of a directory. */
struct case_counts {
    size_t passed;
    size_t failed;
};

/**
 * Try every case of a directory, in the order of the files' names, and write a line for each that fails.
 * @param policies  their text.
 * @param all       a line for each that holds, too.
 * @retval VAULT_EINPUT     a file that holds no cases, or policies that cannot be read.
 * @retval VAULT_ENOTFOUND  no directory, or no cases in it.
 */
int policy_cases_try(struct cli *cli, const char *directory, struct bytes policies, bool all,
    struct case_counts *counts) VAULT_MUST_CHECK;

#endif
