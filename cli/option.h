/**
 * @file option.h
 * What a command accepts, as tables; and the one reader of argument vectors.
 *
 * Values end up in JSON objects under the names that the tables give: most commands hand that object to an
 * operation as it is.  Tables end with a row whose name is NULL.
 */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include "vault/base/json.h"

enum option_form {
    OPTION_FLAG,   /* true */
    OPTION_TEXT,   /* a string; once */
    OPTION_WORDS,  /* the same, or what given_words.h reads in its place */
    OPTION_LIST,   /* an array of strings: may be repeated, and each value may be a list with commas */
    OPTION_EACH,   /* the same, but each value is one, with whatever commas */
    OPTION_NUMBER, /* a whole number from 0 on */
    OPTION_FILE    /* as OPTION_TEXT; completed as a file's name */
};

struct option {
    const char *name;  /* without the dashes */
    const char *value; /* what its value is called, marked by N_(); NULL for flags */
    enum option_form form;
    const char *member; /* in the object of arguments; NULL: kept apart, under its own name */
    const char *help;   /* marked by N_() */
    const char
        *choices; /* the values that there are, separated by blanks, for help and completion; or NULL */
    bool required;
};

enum positional_form {
    POSITIONAL_ONE,
    POSITIONAL_MANY,    /* one or more; an array */
    POSITIONAL_ANY,     /* none or more; an array, absent if none */
    POSITIONAL_FILE,    /* as ONE, completed as a file's name */
    POSITIONAL_FILES,   /* as MANY */
    POSITIONAL_OPTIONAL /* none or one */
};

/** At most one row of a table may be anything but ONE or FILE. */
struct positional {
    const char *name; /* as in CLIENT; marked by N_() */
    enum positional_form form;
    const char *member; /* as above; NULL: kept apart, under `name` */
};

struct option_rules {
    const struct positional *positionals; /* NULL: none */
    const struct option *options;         /* NULL: none */
    const struct option *globals;
};

/** What was read. */
struct arguments {
    json_t *given; /* members named by the tables */
    json_t *apart; /* the rest, by name */
    bool input_read; /* standard input was one of the values (given_words.h) */
};

/**
 * Read everything after the command's name.
 * @param words  @p count strings; "--" ends the options.
 * @retval VAULT_EUSAGE  something unknown, missing, twice, or not UTF-8; @p failure says what.
 */
int arguments_read(const struct option_rules *rules, char *const *words, int count,
    struct arguments *arguments, struct failure *failure) VAULT_MUST_CHECK;

/**
 * Read options of the table from the start of @p words, until the first word that is none.
 * @param used  how many words were taken.
 */
int options_read(const struct option *options, char *const *words, int count, struct arguments *arguments,
    int *used, struct failure *failure) VAULT_MUST_CHECK;

/** Empty objects; VAULT_ENOMEM. */
int arguments_start(struct arguments *arguments) VAULT_MUST_CHECK;
void arguments_free(struct arguments *arguments);

bool positional_is_many(const struct positional *positional);
bool positional_is_file(const struct positional *positional);

#endif
