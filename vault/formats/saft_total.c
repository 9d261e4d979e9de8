/* SAF-T: the totals that each section states, beside those of what was read. */
#include <string.h>

#include "vault/formats/saft_private.h"

void saft_section_begin(struct saft *saft, const char *name)
{
    saft->section = (struct saft_section){.entries = 0};
    snprintf(saft->section.name, sizeof saft->section.name, "%.60s", name);
}

bool saft_section_leaf(struct saft *saft, const char *name, struct bytes text)
{
    struct saft_section *section = &saft->section;
    const struct {
        const char *name;
        char *stated;
    } totals[] = {
        {"NumberOfEntries", section->stated_entries},
        {"TotalDebit", section->stated_debit},
        {"TotalCredit", section->stated_credit},
        {"NumberOfMovementLines", section->stated_lines},
        {"TotalQuantityIssued", section->stated_quantity},
    };
    if (section->name[0] == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++) {
        if (strcmp(totals[i].name, name) == 0) {
            size_t size =
                text.size < sizeof section->stated_debit ? text.size : sizeof section->stated_debit - 1;
            memcpy(totals[i].stated, size > 0 ? (const char *)text.data : "", size);
            totals[i].stated[size] = 0;
            return true;
        }
    }
    return false;
}

static void add(struct saft_section *section, struct decimal *sum, struct decimal more)
{
    section->overflow |= decimal_add(sum, more) != VAULT_OK;
}

void saft_section_add(
    struct saft_section *section, struct decimal debit, struct decimal credit, struct decimal quantity)
{
    add(section, &section->debit, debit);
    add(section, &section->credit, credit);
    add(section, &section->quantity, quantity);
}

/* Quantities are stated with fewer digits than their lines have: compare at the stated ones, half up. */
static struct decimal at_scale_of(struct decimal computed, const char *stated)
{
    struct decimal target;
    if (decimal_parse(bytes_of_text(stated), &target) != VAULT_OK || target.scale >= computed.scale) {
        return computed;
    }
    int64_t unit = 1;
    for (int i = target.scale; i < computed.scale; i++) {
        unit *= 10;
    }
    int64_t rest = computed.mantissa % unit, whole = computed.mantissa / unit;
    whole += rest >= unit - unit / 2 ? 1 : rest <= unit / 2 - unit ? -1 : 0;
    return (struct decimal){whole, target.scale};
}

static int control(struct saft *saft, const char *what, const char *stated, struct decimal computed)
{
    char name[100];
    if (stated[0] == 0) {
        return VAULT_OK;
    }
    snprintf(name, sizeof name, "%s/%s", saft->section.name, what);
    return run_control(saft->run, name, stated, computed);
}

static int control_count(struct saft *saft, const char *what, const char *stated, uint64_t computed)
{
    char name[100];
    if (stated[0] == 0) {
        return VAULT_OK;
    }
    snprintf(name, sizeof name, "%s/%s", saft->section.name, what);
    return run_control_count(saft->run, name, stated, computed);
}

int saft_section_end(struct saft *saft)
{
    struct saft_section *section = &saft->section;
    int error = control_count(saft, "NumberOfEntries", section->stated_entries, section->entries);
    error = error == VAULT_OK
                ? control_count(saft, "NumberOfMovementLines", section->stated_lines, section->lines)
                : error;
    if (error == VAULT_OK && section->overflow) {
        error = run_warn(saft->run, section->name, "sums too large to be compared with the stated totals");
    } else if (error == VAULT_OK) {
        error = control(saft, "TotalDebit", section->stated_debit, section->debit);
        error =
            error == VAULT_OK ? control(saft, "TotalCredit", section->stated_credit, section->credit) : error;
        error = error == VAULT_OK ? control(saft, "TotalQuantityIssued", section->stated_quantity,
                                        at_scale_of(section->quantity, section->stated_quantity))
                                  : error;
    }
    section->name[0] = 0;
    return error;
}
