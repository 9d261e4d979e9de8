/* init */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/share_text.h"
#include "cli/words.h"
#include "vault/base/instant.h"
#include "vault/crypto/passphrase.h"
#include "vault/crypto/share.h"

static const struct option options[] = {
    {.name = "admin",
        .value = N_("NAME"),
        .form = OPTION_TEXT,
        .help = N_("the first admin; --as names him as well")},
    {.name = "firm", .value = N_("NAME"), .form = OPTION_TEXT, .help = N_("the firm's name, for people")},
    {.name = "recovery",
        .value = N_("K/N"),
        .form = OPTION_TEXT,
        .help = N_("K of N shares of the recovery sheet restore a role; 2/3 if not said")},
    {.name = "kdf-memory",
        .value = N_("MIB"),
        .form = OPTION_NUMBER,
        .help = N_("memory of the passphrase's hashing, 64 or more; measured for half a second otherwise")},
    {0},
};

/* --- Options --- */

static int read_recovery(struct cli *cli, struct vault_options *vault)
{
    const char *text = cli_text(cli, "recovery");
    char rest = '\0';
    vault->recovery_needed = 2;
    vault->recovery_holders = 3;
    if (text == NULL)
        return VAULT_OK;
    bool digits = text[strspn(text, "0123456789/")] == '\0' && strlen(text) <= 5;
    if (!digits || sscanf(text, "%u/%u%c", &vault->recovery_needed, &vault->recovery_holders, &rest) != 2 ||
        vault->recovery_needed < 1 || vault->recovery_needed > vault->recovery_holders ||
        vault->recovery_holders > SHARE_HOLDERS_MAX)
        return failure_set(&cli->failure, VAULT_EUSAGE,
            _("--recovery takes K/N with K from 1 to N and N up to %u, not “%s”"), SHARE_HOLDERS_MAX, text);
    return VAULT_OK;
}

static int read_cost(struct cli *cli, struct passphrase_cost *cost, struct vault_options *vault)
{
    int64_t mib = json_number(cli->arguments.apart, "kdf-memory", -1);
    if (mib < 0)
        return VAULT_OK;
    if (mib < PASSPHRASE_MEMORY_FLOOR / 1024 || mib > PASSPHRASE_MEMORY_CEILING / 1024)
        return failure_set(&cli->failure, VAULT_EUSAGE, _("--kdf-memory takes %u to %u MiB"),
            PASSPHRASE_MEMORY_FLOOR / 1024, PASSPHRASE_MEMORY_CEILING / 1024);
    *cost = passphrase_floor();
    cost->memory = (uint32_t)mib * 1024;
    vault->cost = cost;
    return VAULT_OK;
}

static int read_options(struct cli *cli, struct passphrase_cost *cost, struct vault_options *vault)
{
    *vault = (struct vault_options){.directory = cli->vault, .firm = cli_text(cli, "firm")};
    vault->admin = cli_text(cli, "admin") != NULL ? cli_text(cli, "admin") : cli->user;
    if (vault->directory == NULL) {
        (void)failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("no vault is named"));
        failure_remedy(&cli->failure, "%s", _("give --vault DIR or set STRONGROOM_VAULT"));
        return VAULT_EUSAGE;
    }
    if (vault->admin == NULL) {
        (void)failure_set(&cli->failure, VAULT_EUSAGE, "%s", _("the first admin is not named"));
        failure_remedy(&cli->failure, "%s", _("give --as USER or --admin NAME"));
        return VAULT_EUSAGE;
    }
    int result = read_recovery(cli, vault);
    return result == VAULT_OK ? read_cost(cli, cost, vault) : result;
}

/* --- The recovery sheet --- */

static json_t *share_list(const struct vault_birth *birth, unsigned holders)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < holders; i++) {
        struct buffer text = {0};
        share_text_write(birth->shares[i], &text);
        (void)json_array_append_new(list, json_of_buffer(&text));
        buffer_free(&text);
    }
    return list;
}

static json_t *describe(const struct vault_options *vault, const struct vault_birth *birth)
{
    char id[ULID_TEXT_SIZE];
    char key[sizeof birth->recovery_public * 2 + 1];
    ulid_format(&birth->vault, id);
    hex_encode(bytes_of(birth->recovery_public, sizeof birth->recovery_public), key);
    return json_pack("{s:s, s:s, s:s, s:s, s:{s:i, s:i, s:s, s:o}}", "vault", id, "origin", birth->origin,
        "directory", vault->directory, "admin", vault->admin, "recovery", "needed",
        (int)vault->recovery_needed, "holders", (int)vault->recovery_holders, "public", key, "shares",
        share_list(birth, vault->recovery_holders));
}

static void show_sheet(struct screen *screen, const json_t *recovery)
{
    long long needed = (long long)json_number(recovery, "needed", 0);
    const json_t *shares = json_object_get(recovery, "shares");
    size_t holders = json_array_size(shares);
    screen_blank(screen);
    screen_line(screen, "%s",
        _("RECOVERY SHEET: print it, cut it, give each share to another person, keep no copy."));
    screen_line(screen, _("Any %lld of these %zu shares restore a role whose members are all gone."), needed,
        holders);
    screen_blank(screen);
    for (size_t i = 0; i < holders; i++)
        screen_line(
            screen, _("share %zu of %zu: %s"), i + 1, holders, json_string_value(json_array_get(shares, i)));
}

static void show_birth(struct screen *screen, const json_t *value)
{
    screen_field(screen, _("vault"), json_object_get(value, "vault"), NULL);
    screen_field(screen, _("origin"), json_object_get(value, "origin"), NULL);
    screen_field(screen, _("directory"), json_object_get(value, "directory"), NULL);
    screen_field(screen, _("admin"), json_object_get(value, "admin"), NULL);
    screen_fields_end(screen, 0);
    show_sheet(screen, json_object_get(value, "recovery"));
}

static int create(struct cli *cli, const struct vault_options *vault)
{
    struct vault_birth birth = {0};
    uint64_t before = instant_monotonic();
    int result = vault_create(vault, &birth, &cli->failure);
    /* Making a vault is hashing the passphrase, and measuring how much of it fits into half a second. */
    cli->times.key_derivation = instant_monotonic() - before;
    if (result == VAULT_OK) {
        json_t *value = describe(vault, &birth);
        result = value == NULL ? VAULT_ENOMEM : cli_value(cli, value, show_birth);
        json_decref(value);
    }
    vault_birth_free(&birth);
    return result;
}

static int run_init(struct cli *cli)
{
    struct passphrase_cost cost;
    struct vault_options vault;
    struct secret *passphrase = NULL;
    int result = read_options(cli, &cost, &vault);
    if (result == VAULT_OK)
        result = cli_new_passphrase(cli, vault.admin, cli->passphrase_file, &passphrase);
    vault.passphrase = passphrase;
    if (result == VAULT_OK)
        result = create(cli, &vault);
    secret_free(passphrase);
    return result;
}

const struct command commands_init[] = {
    {.name = "init",
        .summary = N_("make a new vault, and its recovery sheet"),
        .more = N_(
            "The directory must not exist, or be empty.  The passphrase of the first admin comes from "
            "--passphrase-file or is asked for twice.\nThe recovery sheet is printed once and kept nowhere."),
        .options = options,
        .run = run_init},
    {0},
};
