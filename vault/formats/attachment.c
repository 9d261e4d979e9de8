#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "vault/base/file.h"
#include "vault/formats/format_private.h"

struct media {
    const char *ending;
    const char *type;
};

static const struct media media_types[] = {
    {".pdf", "application/pdf"},
    {".ofd", "application/ofd"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".png", "image/png"},
    {".tif", "image/tiff"},
    {".tiff", "image/tiff"},
    {".bmp", "image/bmp"},
    {".webp", "image/webp"},
    {".doc", "application/msword"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".xls", "application/vnd.ms-excel"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".zip", "application/zip"},
    {".xml", "application/xml"},
    {".json", "application/json"},
    {".csv", "text/csv"},
    {".txt", "text/plain"},
    {".eml", "message/rfc822"},
    {".html", "text/html"},
    {".md", "text/markdown"},
};

static const char *media_type(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof media_types / sizeof *media_types; i++) {
        if (strcasecmp(dot, media_types[i].ending) == 0)
            return media_types[i].type;
    }
    return "application/octet-stream";
}

static int recognise(struct bytes head, const char *name)
{
    (void)head;
    (void)name;
    return 1;
}

static bool is_old_workbook(struct bytes content)
{
    return content.size > 8 && memcmp(content.data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

static int deliver(struct import_run *run, struct bytes content)
{
    char size[24];
    struct draft draft = {.kind = KIND_ATTACHMENT, .where = "whole file", .content = content};
    const char *type = media_type(run->name);
    int result = VAULT_OK;
    (void)snprintf(size, sizeof size, "%zu", content.size);
    run->summary->read++;
    draft.fields = json_pack("{s:s, s:s, s:s}", "file_name", run->name, "media_type", type, "bytes", size);
    if (draft.fields == NULL)
        return VAULT_ENOMEM;
    if (is_old_workbook(content) && strcmp(type, "application/vnd.ms-excel") == 0)
        result = run_warn(run, draft.where,
            "kept as an attachment: rows of old .xls files are not read; save it as .xlsx to import them");
    if (result == VAULT_OK)
        result = run_record(run, &draft);
    draft_reset(&draft);
    return result;
}

static int read_attachment(struct import_run *run)
{
    struct buffer content = {0};
    int result = file_read(run->path, LIMIT_ATTACHMENT_BYTES, &content, run->failure);
    if (result == VAULT_OK)
        result = deliver(run, buffer_bytes(&content));
    buffer_free(&content);
    return result;
}

const struct import_format format_attachment = {
    "attachment", "any file, kept as it is", recognise, read_attachment};
