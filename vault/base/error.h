/**
 * @file error.h
 * The one list of errors, their one translator, and the sentence that goes with one.
 *
 * Every fallible function of the vault returns 0 or a negative VAULT_E* of this list, or a pointer that is
 * NULL on failure where memory is the only reason.  Functions below cli/ never print.  Those that know a place
 * (file, row, field) also take a `struct failure *`, which may be NULL, and leave one sentence in it.
 *
 * Thread safety: everything here is pure but for the failure that the caller owns.
 */
#ifndef VAULT_BASE_ERROR_H
#define VAULT_BASE_ERROR_H

#define VAULT_MUST_CHECK __attribute__((warn_unused_result))
#define VAULT_PRINTF(at, first) __attribute__((format(printf, at, first)))

enum vault_error {
    VAULT_OK = 0,
    VAULT_EUSAGE = -1,       /* a command, option or argument that does not exist or does not fit */
    VAULT_EINPUT = -2,       /* bytes from outside that cannot be understood */
    VAULT_ENOTFOUND = -3,    /* no such vault, user, role, client, record or file */
    VAULT_EEXISTS = -4,      /* the name is taken */
    VAULT_ELIMIT = -5,       /* larger, deeper or more than we accept */
    VAULT_ENOMEM = -6,       /* no memory, or no lockable memory */
    VAULT_EIO = -7,          /* the system refused to read or write */
    VAULT_EVERSION = -8,     /* written by a newer program, or a library too old to trust */
    VAULT_EPASSPHRASE = -9,  /* no slot opens with this name and passphrase: deliberately one code */
    VAULT_EDENIED = -10,     /* no policy permits it, or a policy forbids it */
    VAULT_ENOKEY = -11,      /* permitted, but no key that this person holds opens it (yet) */
    VAULT_EFORGED = -12,     /* authentic under no key we know, or sealed for another place */
    VAULT_EDAMAGED = -13,    /* a structure that contradicts itself */
    VAULT_EROLLBACK = -14,   /* older than what was already seen */
    VAULT_ELOG = -15,        /* the log cannot be written, so nothing is disclosed */
    VAULT_EBUSY = -16,       /* another process holds what is needed */
    VAULT_EFROZEN = -17,     /* frozen by an incident */
    VAULT_EINTERNAL = -18,   /* a state that should not occur; reported, never ignored */
    VAULT_ECHANGED = -19,    /* it is no longer what the person saw when he asked for this */
    VAULT_ERROR_LAST = VAULT_ECHANGED
};

/** One English sentence without a full stop; never NULL.  Translated by the caller (gettext) if at all. */
const char *vault_error_text(int error);

/** Stable machine name, as in the JSON of a failure: "denied", "forged", …; never NULL. */
const char *vault_error_name(int error);

/** Exit status of a command: 0 done, 1 input, 2 denied, 3 damage or forgery, 4 log, 5 busy or frozen. */
int vault_exit_status(int error);

/** What failed, where and why, in one line; filled by whoever knows, shown by whoever may speak. */
struct failure {
    int error;       /* VAULT_OK while empty */
    char text[480];  /* no trailing full stop or newline; never a secret or a client's data */
    char remedy[240]; /* what to do next; may be empty */
};

/**
 * Record @p error with a printf-style sentence and return it.  The first sentence stays: a caller further up
 * that adds a general one does not hide the precise one.  @p failure may be NULL.
 */
int failure_set(struct failure *failure, int error, const char *format, ...) VAULT_PRINTF(3, 4);

/** Add what the person can do about it; ignored if a remedy is there already or @p failure is NULL. */
void failure_remedy(struct failure *failure, const char *format, ...) VAULT_PRINTF(2, 3);

/** Put "place: " in front of the sentence (a file's name, say); does nothing while empty or NULL. */
void failure_prefix(struct failure *failure, const char *format, ...) VAULT_PRINTF(2, 3);

/** Forget the sentence, so that the failure can be used again. */
void failure_clear(struct failure *failure);

#endif
