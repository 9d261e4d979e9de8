/*
 * Writes the man page and the bash completion from the tables of commands, so that neither can say anything
 * else than what the program does.  Runs during the build only.
 *
 * usage: strongroom-pages manual|completion TEMPLATE [VERSION]
 *
 * Lines of the template that hold nothing but @NAME@ are replaced by what the tables give.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "vault/base/file.h"

#define TEMPLATE_MAX ((size_t)1 << 20)

static const char *version = "";

/* --- The man page: mdoc(7) --- */

static void put_roff(const char *text)
{
    bool start = true;
    for (const char *c = text; *c != '\0'; c++) {
        if (start && (*c == '.' || *c == '\''))
            (void)fputs("\\&", stdout);
        if (*c == '\\')
            (void)fputs("\\e", stdout);
        else
            (void)putchar(*c);
        start = *c == '\n';
    }
    (void)putchar('\n');
}

static void put_option_name(const struct option *option)
{
    (void)printf("Fl Fl %s", option->name);
    if (option->value != NULL)
        (void)printf(" Ar %s%s", option->value, option->form == OPTION_LIST ? ",…" : "");
    (void)putchar('\n');
}

static void put_option_list(const struct option *options)
{
    if (options == NULL || options->name == NULL)
        return;
    (void)puts(".Bl -tag -width Ds");
    for (const struct option *o = options; o->name != NULL; o++) {
        (void)fputs(".It ", stdout);
        put_option_name(o);
        put_roff(o->help);
        if (o->choices != NULL)
            (void)printf("(%s)\n", o->choices);
    }
    (void)puts(".El");
}

static void put_command(const struct command *command)
{
    (void)printf(".It Xo\n.Ic %s\n", command->name);
    for (const struct positional *p = command->positionals; p != NULL && p->name != NULL; p++) {
        bool optional = p->form == POSITIONAL_ANY || p->form == POSITIONAL_OPTIONAL;
        (void)printf(".%sAr %s%s\n", optional ? "Op " : "", p->name, positional_is_many(p) ? "…" : "");
    }
    for (const struct option *o = command->options; o != NULL && o->name != NULL; o++) {
        (void)fputs(o->required ? "." : ".Op ", stdout);
        put_option_name(o);
    }
    (void)puts(".Xc");
    put_roff(command->summary);
    if (command->more != NULL) {
        (void)puts(".Pp");
        put_roff(command->more);
    }
    put_option_list(command->options);
}

static void put_commands(void)
{
    (void)puts(".Bl -tag -width Ds");
    for (const struct family *f = families; f->name != NULL; f++) {
        for (const struct command *c = f->commands; c->name != NULL; c++)
            put_command(c);
    }
    (void)puts(".El");
}

static void put_globals(void)
{
    put_option_list(global_options);
}

static void put_version(void)
{
    (void)printf(".Os strongroom %s\n", version);
}

/* --- Bash completion --- */

static void put_words(const struct option *options)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++)
        (void)printf("%s--%s", o == options ? "" : " ", o->name);
}

static void each_command(void (*put)(const struct command *command))
{
    for (const struct family *f = families; f->name != NULL; f++) {
        for (const struct command *c = f->commands; c->name != NULL; c++)
            put(c);
    }
}

static void put_entry(const struct command *command)
{
    (void)printf("    ['%s']='", command->name);
    put_words(command->options);
    (void)puts("'");
}

static void put_choice_entries(const char *command, const struct option *options)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++) {
        if (o->choices != NULL)
            (void)printf("    ['%s --%s']='%s'\n", command, o->name, o->choices);
        else if (o->form == OPTION_FILE)
            (void)printf("    ['%s --%s']='<file>'\n", command, o->name);
        else if (o->form != OPTION_FLAG)
            (void)printf("    ['%s --%s']='<value>'\n", command, o->name);
    }
}

static void put_command_choices(const struct command *command)
{
    put_choice_entries(command->name, command->options);
}

static void put_file_entry(const struct command *command)
{
    for (const struct positional *p = command->positionals; p != NULL && p->name != NULL; p++) {
        if (positional_is_file(p))
            (void)printf("    ['%s']=1\n", command->name);
    }
}

static void put_arrays(void)
{
    (void)fputs("_strongroom_globals='", stdout);
    put_words(global_options);
    (void)puts("'\ndeclare -gA _strongroom_options=(");
    each_command(put_entry);
    (void)puts(")\ndeclare -gA _strongroom_values=(");
    put_choice_entries("", global_options);
    each_command(put_command_choices);
    (void)puts(")\ndeclare -gA _strongroom_files=(");
    each_command(put_file_entry);
    (void)puts(")");
}

/* --- Templates --- */

struct part {
    const char *line;
    void (*put)(void);
};

static const struct part parts[] = {
    {"@COMMANDS@", put_commands},
    {"@OPTIONS@", put_globals},
    {"@OS@", put_version},
    {"@ARRAYS@", put_arrays},
};

static void put_line(const char *line, size_t size)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strlen(parts[i].line) == size && memcmp(parts[i].line, line, size) == 0) {
            parts[i].put();
            return;
        }
    }
    (void)fwrite(line, 1, size, stdout);
    (void)putchar('\n');
}

static int fill(const char *path)
{
    struct buffer template = {0};
    struct failure failure = {0};
    if (file_read(path, TEMPLATE_MAX, &template, &failure) != VAULT_OK) {
        (void)fprintf(stderr, "strongroom-pages: %s\n", failure.text);
        return 1;
    }
    const char *rest = buffer_text(&template);
    while (rest != NULL && *rest != '\0') {
        size_t size = strcspn(rest, "\n");
        put_line(rest, size);
        rest += size + (rest[size] == '\n');
    }
    buffer_free(&template);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool known = argc >= 3 && (strcmp(argv[1], "manual") == 0 || strcmp(argv[1], "completion") == 0);
    if (!known) {
        (void)fputs("usage: strongroom-pages manual|completion TEMPLATE [VERSION]\n", stderr);
        return 1;
    }
    if (argc > 3)
        version = argv[3];
    return fill(argv[2]);
}
