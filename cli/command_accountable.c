/* vault accountable on | off | status | finish | witness | sheet | approve | remove | recipients */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/share_text.h"
#include "cli/words.h"
#include "vault/crypto/box.h"
#include "vault/crypto/share.h"

static const struct positional one_compartment[] = {{N_("COMPARTMENT"), POSITIONAL_ONE, "compartment"}, {0}};
static const struct positional one_name[] = {{N_("NAME"), POSITIONAL_ONE, "name"}, {0}};
static const struct positional url_and_key[] = {
    {N_("URL"), POSITIONAL_ONE, "url"}, {N_("KEY"), POSITIONAL_ONE, "vkey"}, {0}};

static const struct option witness_options[] = {
    {"pin", N_("PIN"), OPTION_TEXT, "pin", N_("of its certificate's key, as the witness prints it"), NULL,
        false},
    {0},
};

static const struct option sheet_options[] = {
    {"recovery", N_("K/N"), OPTION_TEXT, NULL, N_("any K of N shares open it (2/3)"), NULL, false},
    {0},
};

static const struct column status_columns[] = {
    {"compartment", N_("COMPARTMENT"), COLUMN_TEXT},
    {"accountable", N_("ACCOUNTABLE"), COLUMN_TEXT},
    {"wrapping", N_("STILL WRAPPING"), COLUMN_TEXT},
    {0},
};

static const struct column recipient_columns[] = {
    {"name", N_("NAME"), COLUMN_TEXT},
    {"kind", N_("KIND"), COLUMN_TEXT},
    {"url", N_("URL"), COLUMN_TEXT},
    {"event", N_("EVENT"), COLUMN_NUMBER},
    {0},
};

/* --- on, off --- */

static void show_set(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "proposed"))) {
        screen_line(screen,
            _("%s: %s is proposed (event %lld).  It takes hold when somebody else sets the same."),
            screen_word(value, "name"), screen_word(value, "value"),
            (long long)json_number(value, "event", -1));
        return;
    }
    screen_say(screen, _("%s is now %s (event %lld)."), screen_word(value, "name"),
        screen_word(value, "value"), (long long)json_number(value, "event", -1));
    screen_say(screen, "%s",
        _("What is there already is wrapped again as people who hold its keys work; 'vault accountable "
          "finish' does it now."));
}

static int run_set(struct cli *cli, const char *value)
{
    if (json_object_set_new(cli->arguments.given, "value", json_string(value)) != 0)
        return VAULT_ENOMEM;
    return cli_operation(cli, NULL);
}

static int run_on(struct cli *cli)
{
    return run_set(cli, "on");
}

static int run_off(struct cli *cli)
{
    return run_set(cli, "off");
}

static void show_finished(struct screen *screen, const json_t *value)
{
    const json_t *left = json_object_get(value, "left");
    screen_say(screen, _("%lld keys were wrapped again."), (long long)json_number(value, "wrapped", 0));
    if (json_array_size(left) > 0)
        screen_line(screen, "%s",
            _("Some are left that only other people's keys open; they go on when those people next work."));
}

/* --- Witnesses and sheets --- */

static void show_added(struct screen *screen, const json_t *value)
{
    if (json_is_true(json_object_get(value, "proposed")))
        screen_line(screen,
            _("%s is proposed (event %lld); another admin approves it with 'vault accountable approve %s'."),
            screen_word(value, "name"), (long long)json_number(value, "event", -1),
            screen_word(value, "name"));
    else
        screen_say(screen, _("%s can release keys from now on (event %lld)."), screen_word(value, "name"),
            (long long)json_number(value, "event", -1));
}

static void show_removed(struct screen *screen, const json_t *value)
{
    screen_say(screen, _("%s releases no keys any more (event %lld)."), screen_word(value, "name"),
        (long long)json_number(value, "event", -1));
}

static int read_counts(struct cli *cli, unsigned *needed, unsigned *holders)
{
    const char *text = cli_text(cli, "recovery");
    int end = 0;
    *needed = 2;
    *holders = 3;
    if (text == NULL)
        return VAULT_OK;
    if (sscanf(text, "%2u/%2u%n", needed, holders, &end) == 2 && text[end] == '\0' && *needed >= 1 &&
        *needed <= *holders && *holders <= SHARE_HOLDERS_MAX)
        return VAULT_OK;
    return failure_set(&cli->failure, VAULT_EUSAGE,
        _("--recovery: write K/N, as in 2/3, with at most %u shares"), SHARE_HOLDERS_MAX);
}

/* The secret half is on paper alone, and here for as long as it takes to split it. */
static int make_shares(unsigned needed, unsigned holders, struct secret **shares, struct buffer *public_key)
{
    struct box_key *pair = box_key_new();
    struct secret *copy = pair == NULL ? NULL : secret_copy(secret_bytes(box_key_secret(pair)));
    int result = copy == NULL ? VAULT_ENOMEM : share_split(copy, needed, holders, shares);
    if (result == VAULT_OK) {
        base64_encode(box_key_public(pair), public_key);
        result = buffer_error(public_key);
    }
    secret_free(copy);
    box_key_free(pair);
    return result;
}

static int print_shares(struct cli *cli, struct secret *const *shares, unsigned needed, unsigned holders)
{
    screen_blank(cli->screen);
    screen_line(cli->screen, "%s",
        _("BREAK-GLASS SHEET: print it, cut it, give each share to another person, keep no copy."));
    screen_line(cli->screen,
        _("Any %u of these %u shares open records when no witness answers; using it is an event."), needed,
        holders);
    screen_blank(cli->screen);
    for (unsigned i = 0; i < holders; i++) {
        struct buffer text = {0};
        share_text_write(shares[i], &text);
        screen_line(
            cli->screen, _("share %zu of %zu: %s"), (size_t)i + 1, (size_t)holders, buffer_text(&text));
        buffer_free(&text);
    }
    return VAULT_OK;
}

/* Under --json the shares come as an object of their own, behind what the operation says. */
static int print_json(struct cli *cli, struct secret *const *shares, unsigned needed, unsigned holders)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < holders; i++) {
        struct buffer text = {0};
        share_text_write(shares[i], &text);
        (void)json_array_append_new(list, json_of_buffer(&text));
        buffer_free(&text);
    }
    json_t *value =
        json_pack("{s:i,s:i,s:o}", "needed", (int)needed, "holders", (int)holders, "shares", list);
    int result = value == NULL ? VAULT_ENOMEM : cli_value(cli, value, NULL);
    json_decref(value);
    return result;
}

static int run_sheet(struct cli *cli)
{
    struct secret *shares[SHARE_HOLDERS_MAX] = {NULL};
    struct buffer public_key = {0};
    unsigned needed;
    unsigned holders;
    int result = read_counts(cli, &needed, &holders);
    if (result == VAULT_OK)
        result = make_shares(needed, holders, shares, &public_key);
    if (result == VAULT_OK && json_object_set_new(cli->arguments.given, "public",
                                  json_of_buffer(&public_key)) != 0)
        result = VAULT_ENOMEM;
    if (result == VAULT_OK)
        result = cli_operation(cli, NULL);
    if (result == VAULT_OK)
        result = (cli->json ? print_json : print_shares)(cli, shares, needed, holders);
    for (unsigned i = 0; i < SHARE_HOLDERS_MAX; i++)
        secret_free(shares[i]);
    buffer_free(&public_key);
    return result;
}

const struct command commands_accountable[] = {
    {.name = "vault accountable on",
        .summary = N_("let records of a compartment open only when a witness has logged it"),
        .more = N_("The witness keeps a log of its own: not even whoever administers this machine opens a "
                   "record without a trace "
                   "there.  Needs a witness that releases keys, and a break-glass sheet."),
        .positionals = one_compartment,
        .operation = "accountable.set",
        .show = show_set,
        .run = run_on},
    {.name = "vault accountable off",
        .summary = N_("let records of a compartment open without a witness; takes two people"),
        .positionals = one_compartment,
        .operation = "accountable.set",
        .show = show_set,
        .run = run_off},
    {.name = "vault accountable status",
        .summary = N_("show which compartments open only with a witness"),
        .operation = "accountable.status",
        .columns = status_columns},
    {.name = "vault accountable finish",
        .summary = N_("wrap again all keys that are still held the other way"),
        .more = N_("It may be interrupted at any moment and goes on where it was."),
        .operation = "accountable.finish",
        .show = show_finished},
    {.name = "vault accountable witness",
        .summary = N_("add a witness that may release keys"),
        .more = N_("KEY is that of its release log, which 'strongroom-witness --release' prints as "
                   "'release'.  Once a compartment "
                   "is accountable, another admin must approve it."),
        .positionals = url_and_key,
        .options = witness_options,
        .operation = "recipient.add",
        .show = show_added},
    {.name = "vault accountable sheet",
        .summary = N_("make a break-glass sheet: shares on paper that open records when no witness answers"),
        .more = N_("The shares are printed once and kept nowhere.  --break-glass FILE uses them: that is an "
                   "event, and from then on "
                   "keys are wrapped for a new sheet only, so make one."),
        .options = sheet_options,
        .operation = "recipient.add",
        .show = show_added,
        .run = run_sheet},
    {.name = "vault accountable approve",
        .summary = N_("approve a witness or sheet that another admin has proposed"),
        .positionals = one_name,
        .operation = "recipient.approve",
        .show = show_added},
    {.name = "vault accountable remove",
        .summary = N_("let a witness or sheet release no keys any more"),
        .positionals = one_name,
        .operation = "recipient.remove",
        .show = show_removed},
    {.name = "vault accountable recipients",
        .summary = N_("list who can release keys"),
        .operation = "recipient.list",
        .columns = recipient_columns,
        .none = N_("Nobody releases keys here.")},
    {0},
};
