/**
 * @file command.h
 * The commands, as tables: one array a family, in a file of its own.
 *
 * Most commands are nothing but a row: what they accept, the operation that it goes to, and how the replies
 * look. Those that need more (a new passphrase, a question, a file) have a `run`.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/option.h"
#include "cli/screen.h"

struct cli;

struct command {
    const char *name;    /* "user add" */
    const char *summary; /* one line, marked by N_() */
    const char *more;    /* what else there is to know, marked by N_(); may be NULL */
    const struct positional *positionals;
    const struct option *options;
    const char *operation; /* of vault/ops/ops.h; NULL if `run` does without one */

    /* How people see the replies. */
    const struct column *columns;                             /* of rows */
    const char *none;                                         /* said when there are no rows; N_() */
    void (*show)(struct screen *screen, const json_t *value); /* of the value; NULL: its members */
    json_t *(*row_of_row)(const json_t *row);                 /* a row as people see it; NULL: as it is */
    void (*show_row)(struct screen *screen, const json_t *row); /* of rows that no table holds; before `columns` */
    const char *text_member;                                  /* under --json, text becomes {member: text} */
    json_t *(*row_of_line)(const json_t *line);               /* text is JSON lines; a row of one, or NULL */

    bool served;                 /* it is about a server, though it is no operation */
    int (*run)(struct cli *cli); /* NULL: cli_operation() */
};

/** A family of commands; both arrays end with a row whose name is NULL. */
struct family {
    const char *name;
    const struct command *commands;
};

extern const struct family families[];

/** Accepted before and after every command. */
extern const struct option global_options[];

/**
 * Find the command that @p words start with.
 * @param used  how many words its name has; if there is none: how many words begin one ("user" does).
 */
const struct command *command_find(char *const *words, int count, int *used);

extern const struct command commands_init[];
extern const struct command commands_user[];
extern const struct command commands_totp[];
extern const struct command commands_role[];
extern const struct command commands_grant[];
extern const struct command commands_client[];
extern const struct command commands_import[];
extern const struct command commands_list[];
extern const struct command commands_show[];
extern const struct command commands_export[];
extern const struct command commands_replay[];
extern const struct command commands_log[];
extern const struct command commands_bundle[];
extern const struct command commands_policy[];
extern const struct command commands_ask[];
extern const struct command commands_approval[];
extern const struct command commands_breakglass[];
extern const struct command commands_review[];
extern const struct command commands_setting[];
extern const struct command commands_accountable[];
extern const struct command commands_witness[];
extern const struct command commands_backup[];
extern const struct command commands_audit[];
extern const struct command commands_person[];
extern const struct command commands_marks[];
extern const struct command commands_trace[];
extern const struct command commands_serve[];
extern const struct command commands_login[];
extern const struct command commands_finding[];
extern const struct command commands_incident[];
extern const struct command commands_destroy[];
extern const struct command commands_register[];
extern const struct command commands_document[];
extern const struct command commands_drill[];
extern const struct command commands_entry[];
extern const struct command commands_decoy[];
extern const struct command commands_alert[];

/** Read the file that the word FILE names into the argument `text`. */
int policy_file_given(struct cli *cli) VAULT_MUST_CHECK;

#endif
