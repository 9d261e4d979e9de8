/* A door for other machines must know every argument that is a path: what it does not know it would open as
 * it is told. */
#include <criterion/criterion.h>
#include <string.h>

#include "vault/ops/ops.h"

static void expect(const char *operation, const char *reads, const char *writes)
{
    const char *read;
    const char *written;
    operation_paths(operation, &read, &written);
    cr_assert(reads == NULL ? read == NULL : read != NULL && strcmp(read, reads) == 0, "%s reads %s",
        operation, read);
    cr_assert(writes == NULL ? written == NULL : written != NULL && strcmp(written, writes) == 0,
        "%s writes %s", operation, written);
}

Test(ops_paths, every_path_is_known)
{
    expect("record.import", "files", NULL);
    expect("record.export", NULL, "out");
    expect("log.export", NULL, "out");
    expect("log.bundle", NULL, "out");
    expect("log.tiles", NULL, "out");
    expect("vault.backup", NULL, "out");
    expect("trace.run", "leak", NULL);
    expect("trace.marks", "files", NULL);
    expect("trace.report", NULL, "bundle");
}

Test(ops_paths, others_have_none)
{
    expect("record.read", NULL, NULL);
    expect("log.verify", NULL, NULL);
    expect("policy.set", NULL, NULL);
    expect("no.such", NULL, NULL);
}
