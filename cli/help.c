#include "cli/help.h"

#include <string.h>

#include "cli/words.h"
#include "vault/base/text.h"

#define SUMMARY_COLUMN 32 /* behind the longest name */
#define HELP_COLUMN 30

static void pad(struct buffer *out, size_t from, int column)
{
    int width = text_width(bytes_of(out->data + from, out->size - from));
    for (buffer_put_u8(out, ' '), width++; width < column; width++)
        buffer_put_u8(out, ' ');
}

void help_positional(const struct positional *positional, struct buffer *out)
{
    bool many = positional_is_many(positional);
    bool optional = positional->form == POSITIONAL_ANY || positional->form == POSITIONAL_OPTIONAL;
    buffer_put_format(
        out, "%s%s%s%s", optional ? "[" : "", _(positional->name), many ? "…" : "", optional ? "]" : "");
}

void help_synopsis(const struct command *command, struct buffer *out)
{
    buffer_put_format(out, "strongroom %s", command->name);
    for (const struct positional *p = command->positionals; p != NULL && p->name != NULL; p++) {
        buffer_put_u8(out, ' ');
        help_positional(p, out);
    }
    for (const struct option *o = command->options; o != NULL && o->name != NULL; o++) {
        buffer_put_format(out, o->required ? " --%s" : " [--%s", o->name);
        if (o->value != NULL)
            buffer_put_format(out, " %s%s", _(o->value), o->form == OPTION_LIST ? ",…" : "");
        buffer_put_text(out, o->required ? "" : "]");
    }
}

static void put_options(const struct option *options, struct buffer *out)
{
    for (const struct option *o = options; o != NULL && o->name != NULL; o++) {
        size_t start = out->size;
        buffer_put_format(out, "  --%s", o->name);
        if (o->value != NULL)
            buffer_put_format(out, " %s%s", _(o->value), o->form == OPTION_LIST ? ",…" : "");
        pad(out, start, HELP_COLUMN);
        buffer_put_text(out, _(o->help));
        if (o->choices != NULL)
            buffer_put_format(out, " (%s)", o->choices);
        buffer_put_u8(out, '\n');
    }
}

void help_command(const struct command *command, struct buffer *out)
{
    buffer_put_format(out, "%s ", _("usage:"));
    help_synopsis(command, out);
    buffer_put_format(out, "\n\n%s\n", _(command->summary));
    if (command->more != NULL)
        buffer_put_format(out, "\n%s\n", _(command->more));
    if (command->options != NULL) {
        buffer_put_format(out, "\n%s\n", _("Options:"));
        put_options(command->options, out);
    }
    buffer_put_format(out, "\n%s\n", _("Options of every command:"));
    put_options(global_options, out);
}

static bool in_group(const struct command *command, const char *group)
{
    size_t size = group == NULL ? 0 : strlen(group);
    return group == NULL || (strncmp(command->name, group, size) == 0 && command->name[size] == ' ');
}

static void put_family(const struct family *family, const char *group, struct buffer *out)
{
    for (const struct command *c = family->commands; c->name != NULL; c++) {
        if (!in_group(c, group))
            continue;
        size_t start = out->size;
        buffer_put_format(out, "  %s", c->name);
        pad(out, start, SUMMARY_COLUMN);
        buffer_put_format(out, "%s\n", _(c->summary));
    }
}

void help_commands(const char *group, struct buffer *out)
{
    if (group == NULL) {
        buffer_put_format(out, "%s strongroom %s\n\n%s\n\n", _("usage:"), _("[OPTION…] COMMAND …"),
            _("An encrypted vault for the records of a bookkeeping firm's clients."));
        buffer_put_format(out, "%s\n", _("Commands:"));
    }
    for (const struct family *f = families; f->name != NULL; f++)
        put_family(f, group, out);
    if (group != NULL)
        return;
    buffer_put_format(out, "\n%s\n", _("Options:"));
    put_options(global_options, out);
    buffer_put_format(out, "\n%s\n",
        _("“strongroom COMMAND --help” says more.\n"
          "Exit status: 0 done, 1 wrong use or input, 2 denied, 3 damage or forgery, 4 the log cannot be "
          "written, "
          "5 busy or frozen."));
}
