/**
 * @file cli.h
 * One run of the program: what was asked for, and what commands need to do it.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/command.h"
#include "cli/progress.h"
#include "vault/access/session.h"
#include "vault/ops/ops.h"

struct cli {
    char *const *words; /* of the process, with the program's name */
    const struct command *command;
    struct arguments arguments;
    struct failure failure;
    struct output *output;
    struct screen *screen;
    struct session *session;
    struct remote *remote;       /* instead of a session, where a server is named */
    const char *server;          /* its URL; NULL: the vault is here */
    const char *vault;           /* NULL until named */
    const char *user;            /* the same */
    const char *passphrase_file; /* NULL: ask */
    char *known;                 /* directory of remembered checkpoints; NULL: none */
    bool json;
    bool quiet;
    bool yes;
    bool timings;
    bool accept_rollback;
    int found;        /* an error that a reply told of though the operation itself succeeded */
    uint64_t started; /* of the process, on instant_monotonic() */
    uint64_t waited;  /* for people, in nanoseconds: no part of the timings */
    struct session_times times;
};

/** Take the options and the environment into account; before any command runs. */
int cli_start(struct cli *cli) VAULT_MUST_CHECK;
void cli_free(struct cli *cli);

/** The path of a program of ours that is installed beside this one; the caller frees it with free(3). NULL: unknown. */
char *program_beside(const char *name);
/** How `serve` is done in the program that is linked with it; NULL in others, which run that one. */
extern int (*serve_here)(struct cli *cli);
int serve_in_this_program(struct cli *cli) VAULT_MUST_CHECK;

/** Say something on standard error, unless --quiet. */
void cli_warn(struct cli *cli, const char *format, ...) VAULT_PRINTF(2, 3);

/** A value that the tables keep apart, or NULL. */
const char *cli_text(const struct cli *cli, const char *name);
/** Hand a number that the tables keep apart, since it comes as a word, to the operation as @p member. VAULT_EUSAGE. */
int cli_take_number(struct cli *cli, const char *name, const char *member) VAULT_MUST_CHECK;
/** A value among the arguments of the operation, or NULL. */
const char *cli_given(const struct cli *cli, const char *member);

/** Fill in who and where; asks for the passphrase, which the caller frees. */
int cli_session_options(
    struct cli *cli, struct session_options *options, struct secret **passphrase) VAULT_MUST_CHECK;
/** Read the person's passphrase, or ask for it; the caller frees it. */
int cli_passphrase(struct cli *cli, struct secret **passphrase) VAULT_MUST_CHECK;
/** Get ready to talk to the named server; nobody is logged in yet. @p pin may be NULL. */
int cli_remote(struct cli *cli, const char *pin) VAULT_MUST_CHECK;
/** Open the vault as the person, here or at a server; nothing to do if it is open. */
int cli_open(struct cli *cli) VAULT_MUST_CHECK;

/** Say what waits for the person: approvals, reviews, broken glass; unless --quiet. */
void cli_tell_waiting(struct cli *cli);

/** Have the witnesses see what was logged, tell what they are to be told, and close the vault. @p result is what the
 *  command came to; gives it back, or, where it was VAULT_OK, what was found at the end. */
int cli_close(struct cli *cli, int result) VAULT_MUST_CHECK;

/** operation_run(), here or at a server; after cli_open(). */
int cli_call(struct cli *cli, const struct operation_call *call, const struct reply *reply) VAULT_MUST_CHECK;
/** Run the command's operation with its arguments, and present what it replies. @p secret may be NULL. */
int cli_operation(struct cli *cli, const struct secret *secret) VAULT_MUST_CHECK;

/** A new passphrase for @p user from --new-passphrase-file, or asked for twice. */
int cli_new_passphrase(
    struct cli *cli, const char *user, const char *file, struct secret **secret) VAULT_MUST_CHECK;

/** Ask, unless --yes or nobody is there; VAULT_EUSAGE if the answer is no. */
int cli_confirm(struct cli *cli, const char *question) VAULT_MUST_CHECK;

/** Print one value: as JSON under --json, else through @p show. */
int cli_value(struct cli *cli, const json_t *value,
    void (*show)(struct screen *screen, const json_t *value)) VAULT_MUST_CHECK;

#endif
