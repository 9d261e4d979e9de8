#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vault/formats/xlsx_private.h"

#define RATIO_FROM ((uint64_t)1 << 20) /* small parts may be packed as tightly as they like */

int package_open(const char *path, struct package *package, struct failure *failure)
{
    int code = 0;
    zip_error_t error;
    memset(package, 0, sizeof *package);
    package->zip = zip_open(path, ZIP_RDONLY, &code);
    if (package->zip == NULL) {
        zip_error_init_with_code(&error, code);
        failure_set(failure, code == ZIP_ER_NOENT ? VAULT_ENOTFOUND : VAULT_EINPUT,
            "not a readable package: %s", zip_error_strerror(&error));
        zip_error_fini(&error);
        return code == ZIP_ER_NOENT ? VAULT_ENOTFOUND : VAULT_EINPUT;
    }
    zip_int64_t entries = zip_get_num_entries(package->zip, 0);
    if (entries <= LIMIT_ZIP_ENTRIES)
        return VAULT_OK;
    package_close(package);
    return failure_set(failure, VAULT_ELIMIT, "a package of %lld files, more than %d", (long long)entries,
        LIMIT_ZIP_ENTRIES);
}

void package_close(struct package *package)
{
    if (package->zip != NULL)
        zip_discard(package->zip);
    package->zip = NULL;
}

static int check_ratio(const struct part *part, uint64_t unpacked, struct failure *failure)
{
    if (unpacked <= RATIO_FROM || unpacked / LIMIT_ZIP_RATIO <= part->packed)
        return VAULT_OK;
    return failure_set(
        failure, VAULT_ELIMIT, "%s: unpacks to more than %d times its size", part->name, LIMIT_ZIP_RATIO);
}

/* Sizes in a package are what it claims; what comes out is counted. */
static int count_bytes(struct part *part, uint64_t count)
{
    part->unpacked += count;
    part->package->unpacked += count;
    if (check_ratio(part, part->unpacked, &part->problem) != VAULT_OK)
        return VAULT_ELIMIT;
    if (part->package->unpacked > LIMIT_ZIP_BYTES)
        return failure_set(&part->problem, VAULT_ELIMIT, "the package unpacks to more than %llu bytes",
            (unsigned long long)LIMIT_ZIP_BYTES);
    return VAULT_OK;
}

static int read_some(void *context, char *buffer, int size)
{
    struct part *part = context;
    struct failure found = {0};
    zip_int64_t count = zip_fread(part->file, buffer, (zip_uint64_t)size);
    if (count < 0) {
        failure_set(&part->problem, VAULT_EINPUT, "%s: %s", part->name, zip_file_strerror(part->file));
        return -1;
    }
    if (count_bytes(part, (uint64_t)count) != VAULT_OK)
        return -1;
    if (xml_guard_feed(&part->guard, bytes_of(buffer, (size_t)count), &found) != VAULT_OK) {
        failure_set(&part->problem, found.error, "%s: %s", part->name, found.text);
        return -1;
    }
    return (int)count;
}

static void swallow(
    void *context, const char *message, xmlParserSeverities severity, xmlTextReaderLocatorPtr locator)
{
    struct part *part = context;
    if (severity == XML_PARSER_SEVERITY_ERROR)
        failure_set(&part->problem, VAULT_EINPUT, "%s: line %d: %.*s", part->name,
            xmlTextReaderLocatorLineNumber(locator), (int)strcspn(message, "\r\n"), message);
}

int part_open(struct package *package, const char *name, struct part *part, struct failure *failure)
{
    zip_stat_t status;
    memset(part, 0, sizeof *part);
    part->package = package;
    part->guard.line = 1;
    (void)snprintf(part->name, sizeof part->name, "%s", name);
    if (zip_stat(package->zip, name, ZIP_FL_NOCASE, &status) != 0)
        return VAULT_ENOTFOUND;
    part->packed = (status.valid & ZIP_STAT_COMP_SIZE) != 0 ? status.comp_size : 0;
    if ((status.valid & ZIP_STAT_SIZE) != 0 && check_ratio(part, status.size, failure) != VAULT_OK)
        return VAULT_ELIMIT;
    part->file = zip_fopen_index(package->zip, status.index, 0);
    if (part->file == NULL)
        return failure_set(failure, VAULT_EINPUT, "%s: %s", name, zip_strerror(package->zip));
    part->reader = xmlReaderForIO(read_some, NULL, part, name, "UTF-8", XML_PARSE_NONET | XML_PARSE_COMPACT);
    if (part->reader == NULL) {
        int result = part->problem.error;
        if (result != VAULT_OK)
            failure_set(failure, result, "%s", part->problem.text);
        part_close(part);
        return result != VAULT_OK ? result : VAULT_ENOMEM;
    }
    xmlTextReaderSetErrorHandler(part->reader, swallow, part);
    return VAULT_OK;
}

void part_close(struct part *part)
{
    if (part->reader != NULL)
        xmlFreeTextReader(part->reader);
    if (part->file != NULL)
        (void)zip_fclose(part->file);
    part->reader = NULL;
    part->file = NULL;
}

int part_next(struct part *part, struct failure *failure)
{
    int more = xmlTextReaderRead(part->reader);
    if (part->problem.error != VAULT_OK)
        return failure_set(failure, part->problem.error, "%s", part->problem.text);
    if (more < 0)
        return failure_set(failure, VAULT_EINPUT, "%s: not well-formed XML", part->name);
    return more;
}

static bool is_named(const struct part *part, const char *name)
{
    const xmlChar *found = xmlTextReaderConstLocalName(part->reader);
    return found != NULL && strcmp((const char *)found, name) == 0;
}

bool part_at_start(const struct part *part, const char *name)
{
    return xmlTextReaderNodeType(part->reader) == XML_READER_TYPE_ELEMENT && is_named(part, name);
}

bool part_at_end(const struct part *part, const char *name)
{
    return xmlTextReaderNodeType(part->reader) == XML_READER_TYPE_END_ELEMENT && is_named(part, name);
}

bool part_is_empty(const struct part *part)
{
    return xmlTextReaderIsEmptyElement(part->reader) == 1;
}

const char *part_text(const struct part *part)
{
    int type = xmlTextReaderNodeType(part->reader);
    if (type != XML_READER_TYPE_TEXT && type != XML_READER_TYPE_CDATA && type != XML_READER_TYPE_WHITESPACE &&
        type != XML_READER_TYPE_SIGNIFICANT_WHITESPACE)
        return NULL;
    return (const char *)xmlTextReaderConstValue(part->reader);
}

bool part_attribute(const struct part *part, const char *name, char *value, size_t size)
{
    bool found = false;
    while (!found && xmlTextReaderMoveToNextAttribute(part->reader) == 1) {
        const xmlChar *text = is_named(part, name) ? xmlTextReaderConstValue(part->reader) : NULL;
        if (text != NULL && strlen((const char *)text) < size) {
            (void)snprintf(value, size, "%s", (const char *)text);
            found = true;
        }
    }
    (void)xmlTextReaderMoveToElement(part->reader);
    return found;
}
