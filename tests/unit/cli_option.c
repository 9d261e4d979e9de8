/* The reader of arguments: what it takes, and every way in which it refuses. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/given_words.h"

static const struct option globals[] = {
    {.name = "json", .form = OPTION_FLAG},
    {.name = "vault", .value = "DIR", .form = OPTION_FILE},
    {.name = "help", .form = OPTION_FLAG},
    {0},
};
static const struct option options[] = {
    {.name = "reveal", .value = "FIELD", .form = OPTION_LIST, .member = "reveal"},
    {.name = "version", .value = "N", .form = OPTION_NUMBER, .member = "version"},
    {.name = "purpose", .value = "PURPOSE", .form = OPTION_TEXT, .member = "purpose", .required = true},
    {0},
};
static const struct positional clients_and_user[] = {
    {"CLIENT", POSITIONAL_ANY, "clients"}, {"USER", POSITIONAL_ONE, "user"}, {0}};

static int read_all(const char *const *words, struct arguments *arguments, struct failure *failure)
{
    struct option_rules rules = {clients_and_user, options, globals};
    char *copies[16];
    int count = 0;
    for (; words[count] != NULL; count++)
        copies[count] = strdup(words[count]);
    *failure = (struct failure){0};
    cr_assert_eq(arguments_start(arguments), VAULT_OK);
    int result = arguments_read(&rules, copies, count, arguments, failure);
    for (int i = 0; i < count; i++)
        free(copies[i]);
    return result;
}

static void refused(const char *const *words, const char *sentence)
{
    struct arguments arguments;
    struct failure failure;
    cr_assert_eq(read_all(words, &arguments, &failure), VAULT_EUSAGE);
    cr_assert_str_eq(failure.text, sentence);
    arguments_free(&arguments);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

Test(cli_option, fills_the_objects_that_the_tables_name)
{
    struct arguments arguments;
    struct failure failure;
    cr_assert_eq(
        read_all(WORDS("c1", "--json", "c2", "--vault=d", "amy", "--purpose", "tax:1", "--version", "3"),
            &arguments, &failure),
        VAULT_OK);
    char *given = json_dumps(arguments.given, JSON_COMPACT | JSON_SORT_KEYS);
    char *apart = json_dumps(arguments.apart, JSON_COMPACT | JSON_SORT_KEYS);
    cr_assert_str_eq(
        given, "{\"clients\":[\"c1\",\"c2\"],\"purpose\":\"tax:1\",\"user\":\"amy\",\"version\":3}");
    cr_assert_str_eq(apart, "{\"json\":true,\"vault\":\"d\"}");
    free(given);
    free(apart);
    arguments_free(&arguments);
}

Test(cli_option, a_list_may_be_repeated_and_have_commas)
{
    struct arguments arguments;
    struct failure failure;
    cr_assert_eq(
        read_all(WORDS("amy", "--reveal", "a,b", "--reveal=c", "--purpose", "p"), &arguments, &failure),
        VAULT_OK);
    char *list = json_dumps(json_object_get(arguments.given, "reveal"), JSON_COMPACT);
    cr_assert_str_eq(list, "[\"a\",\"b\",\"c\"]");
    free(list);
    arguments_free(&arguments);
}

Test(cli_option, two_dashes_end_the_options)
{
    struct arguments arguments;
    struct failure failure;
    cr_assert_eq(read_all(WORDS("--purpose", "p", "--", "--json", "amy"), &arguments, &failure), VAULT_OK);
    cr_assert_str_eq(
        json_string_value(json_array_get(json_object_get(arguments.given, "clients"), 0)), "--json");
    cr_assert_null(json_object_get(arguments.apart, "json"));
    arguments_free(&arguments);
}

Test(cli_option, help_needs_nothing_else)
{
    struct arguments arguments;
    struct failure failure;
    cr_assert_eq(read_all(WORDS("-h"), &arguments, &failure), VAULT_OK);
    cr_assert(json_is_true(json_object_get(arguments.apart, "help")));
    arguments_free(&arguments);
}

Test(cli_option, refuses_what_does_not_fit)
{
    refused(WORDS("amy", "--purpose", "p", "--nope"), "there is no option --nope");
    refused(WORDS("amy", "--purpose", "p", "--nope=1"), "there is no option --nope");
    refused(WORDS("amy", "--purpose"), "--purpose needs a value");
    refused(WORDS("amy", "--purpose="), "--purpose: the value is empty");
    refused(WORDS("amy", "--purpose", "p", "--purpose", "q"), "--purpose is given twice");
    refused(WORDS("amy", "--purpose", "p", "--json=1"), "--json takes no value");
    refused(WORDS("amy", "--purpose", "p", "--version", "-1"), "--version takes a whole number, not “-1”");
    refused(WORDS("amy", "--purpose", "p", "--version", "1x"), "--version takes a whole number, not “1x”");
    refused(WORDS("amy", "--purpose", "p", "--version", "99999999999999999999"),
        "--version takes a whole number, not “99999999999999999999”");
    refused(WORDS("amy", "--purpose", "p", "--reveal", "a,,b"), "--reveal: an empty item in “a,,b”");
    refused(WORDS("amy"), "--purpose PURPOSE is missing");
    refused(WORDS("--purpose", "p"), "USER is missing");
    refused(WORDS("", "--purpose", "p"), "USER is empty");
    refused(WORDS("a\xff", "--purpose", "p"), "USER: not UTF-8 text");
    refused(WORDS("amy", "--purpose", "\xc3"), "--purpose: the value is not UTF-8 text");
}

Test(cli_option, names_the_argument_that_is_too_many)
{
    static const struct positional one[] = {{"CLIENT", POSITIONAL_ONE, "client"}, {0}};
    struct option_rules rules = {one, NULL, globals};
    struct arguments arguments;
    struct failure failure = {0};
    char first[] = "a";
    char second[] = "b";
    char *words[] = {first, second};
    cr_assert_eq(arguments_start(&arguments), VAULT_OK);
    cr_assert_eq(arguments_read(&rules, words, 2, &arguments, &failure), VAULT_EUSAGE);
    cr_assert_str_eq(failure.text, "“b” is one argument too many");
    arguments_free(&arguments);
}

/* --- Words that need not stand in the arguments --- */

static const struct option words_options[] = {
    {.name = "text", .value = "TEXT", .form = OPTION_WORDS, .member = "text"},
    {.name = "note", .value = "TEXT", .form = OPTION_WORDS},
    {.name = "plain", .value = "TEXT", .form = OPTION_TEXT, .member = "plain"},
    {0},
};

static char file_path[64];

static void write_file(const char *text, size_t size)
{
    (void)snprintf(file_path, sizeof file_path, "/tmp/strongroom-words.%d", (int)getpid());
    FILE *file = fopen(file_path, "we");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, size, file), size);
    (void)fclose(file);
}

static int resolve(const char *text, const char *note, struct arguments *arguments, struct failure *failure)
{
    *arguments = (struct arguments){0};
    *failure = (struct failure){0};
    cr_assert_eq(arguments_start(arguments), VAULT_OK);
    json_object_set_new(arguments->given, "text", json_string(text));
    json_object_set_new(arguments->given, "plain", json_string("@plain"));
    if (note != NULL)
        json_object_set_new(arguments->apart, "note", json_string(note));
    return given_words_resolve(words_options, arguments, failure);
}

static void resolved(const char *text, const char *expected)
{
    struct arguments arguments;
    struct failure failure;
    cr_expect_eq(resolve(text, NULL, &arguments, &failure), VAULT_OK, "%s: %s", text, failure.text);
    cr_expect_str_eq(json_text(arguments.given, "text"), expected);
    cr_expect_str_eq(json_text(arguments.given, "plain"), "@plain", "only words are read elsewhere");
    arguments_free(&arguments);
}

static void unresolved(const char *text, const char *note, int error, const char *part)
{
    struct arguments arguments;
    struct failure failure;
    cr_expect_eq(resolve(text, note, &arguments, &failure), error, "%s", text);
    cr_expect_not_null(strstr(failure.text, part), "%s", failure.text);
    arguments_free(&arguments);
}

Test(cli_words, stand_for_themselves_or_for_what_a_file_holds)
{
    char named[80];
    write_file("two\nlines\r\n\n", 12);
    (void)snprintf(named, sizeof named, "@%s", file_path);
    resolved("as it is", "as it is");
    resolved("@@handle", "@handle");
    resolved("--", "--");
    resolved(named, "two\nlines");
    unresolved("@", NULL, VAULT_EUSAGE, "--text: @ is followed by");
    unresolved("@/nowhere/at/all", NULL, VAULT_ENOTFOUND, "--text: /nowhere");
    write_file("\n", 1);
    unresolved(named, NULL, VAULT_EINPUT, "no words");
    write_file("\xff", 1);
    unresolved(named, NULL, VAULT_EINPUT, "not UTF-8");
    write_file("a\0b", 3);
    unresolved(named, NULL, VAULT_EINPUT, "not UTF-8");
    (void)unlink(file_path);
}

Test(cli_words, come_from_standard_input_once)
{
    write_file("typed\n", 6);
    cr_assert_not_null(freopen(file_path, "re", stdin));
    resolved("-", "typed");
    unresolved("-", "@-", VAULT_EUSAGE, "one value only");
    (void)unlink(file_path);
}

Test(cli_words, are_values_of_fields)
{
    char word[100];
    struct arguments arguments = {0};
    struct failure failure = {0};
    json_t *fields = NULL;
    write_file("12.00\n", 6);
    (void)snprintf(word, sizeof word, "amount=@%s", file_path);
    json_t *words = json_pack("[s,s,s,s]", word, "basis=-", "to=@@amy", "none=");
    cr_assert_eq(given_fields(&arguments, words, NULL, &fields, &failure), VAULT_OK, "%s", failure.text);
    char *text = json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS);
    cr_expect_str_eq(text, "{\"amount\":\"12.00\",\"basis\":\"-\",\"none\":\"\",\"to\":\"@amy\"}");
    free(text);
    json_decref(fields);
    json_array_append_new(words, json_string("to=bob"));
    cr_expect_eq(given_fields(&arguments, words, NULL, &fields, &failure), VAULT_EUSAGE);
    cr_expect_null(fields);
    cr_expect_not_null(strstr(failure.text, "to is given twice"));
    json_decref(words);
    words = json_pack("[s]", "=x");
    cr_expect_eq(given_fields(&arguments, words, "field", &fields, &failure), VAULT_EUSAGE);
    json_decref(words);
    (void)unlink(file_path);
}
