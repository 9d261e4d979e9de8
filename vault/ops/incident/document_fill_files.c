/* Files sealed in the case, as evidence lists them. */
#include "vault/ops/incident/document_fill_private.h"

#include <string.h>

#include "vault/base/instant.h"

/* The same file may be in the case more than once: where it was found, and where it changed hands. */
static bool listed(const json_t *rows, const json_t *file)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (json_equal(json_object_get(row, "sha256"), json_object_get(file, "sha256")) &&
            json_equal(json_object_get(row, "name"), json_object_get(file, "name")))
            return true;
    }
    return false;
}

/* What a file is, by the step that sealed it. */
static const char *what_is(const struct filling *f, const json_t *its)
{
    static const struct {
        const char *step, *kind, *zh, *en;
    } known[] = {{"open", NULL, "泄露样本", "what leaked"},
        {"note", "custody", "移交的证据", "evidence handed over"},
        {"note", "fact", "事实材料", "about the facts"},
        {"note", "responsibility", "责任材料", "about responsibility"},
        {"enter", NULL, "台账凭证", "proof of an entry"}};
    const char *step = json_text(its, "step");
    const char *kind = json_text(its, "kind");
    for (size_t i = 0; step != NULL && i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(step, known[i].step) == 0 &&
            (known[i].kind == NULL || (kind != NULL && strcmp(kind, known[i].kind) == 0)))
            return IN(f, known[i].zh, known[i].en);
    }
    return IN(f, "案卷材料", "entered in the case");
}

/* Files sealed in the case, with the hash and size that the log has. */
static int add_file(const struct filling *f, const json_t *its, json_t *rows)
{
    struct buffer time = {0};
    json_t *text = NULL;
    int64_t at;
    int result = incident_part(f->step->call, f->step->id, its, &text);
    const json_t *file = json_object_get(text, "file");
    const char *said = json_text(its, "time");
    if (result == VAULT_OK && file != NULL && !listed(rows, file) && said != NULL &&
        instant_parse(bytes_of_text(said), &at)) {
        fill_moment(f, at, &time);
        (void)json_array_append_new(rows,
            json_pack("{s:I,s:O,s:s,s:O,s:O,s:o}", "no", (json_int_t)json_array_size(rows) + 1, "name",
                json_object_get(file, "name"), "what", what_is(f, its), "size", json_object_get(file, "size"),
                "sha256", json_object_get(file, "sha256"), "time", json_of_buffer(&time)));
    }
    buffer_free(&time);
    json_decref(text);
    return result;
}

int fill_files(struct filling *f)
{
    const json_t *steps = json_object_get(f->step->one, "steps");
    struct buffer text = {0};
    json_t *rows = json_array();
    int result = rows == NULL ? VAULT_ENOMEM : VAULT_OK;
    for (size_t i = 0; i < json_array_size(steps) && result == VAULT_OK; i++) {
        const json_t *its = json_array_get(steps, i);
        const char *name = json_text(its, "step");
        /* That an authority was told is proved to others than the court. */
        if (json_text(its, "part") != NULL && name != NULL && strcmp(name, "fulfil") != 0)
            result = add_file(f, its, rows);
    }
    size_t count = json_array_size(rows);
    if (result == VAULT_OK)
        result = fill_list(f, "files", rows);
    else
        json_decref(rows);
    if (result != VAULT_OK)
        return result;
    if (count > 0)
        buffer_put_format(&text,
            IN(f, "电子数据%zu份，加密封存于案卷；文件、字节数与SHA-256校验值见下表。",
                "%zu files, sealed in the case; their sizes and SHA-256 are in the table."),
            count);
    return fill_put(f, strcmp(f->kind, "evidence") == 0 ? "number" : "evidence", fill_taken(&text));
}
