/* The XML inside a workbook, past the checksums of the package: the first byte says which part the rest is.
 */
#include <string.h>
#include <zip.h>

#include "formats_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char book[] =
    "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" r:id=\"x\"/></sheets></workbook>";
static const char relations[] =
    "<Relationships><Relationship Id=\"x\" Target=\"worksheets/s.xml\"/></Relationships>";
static const char styles[] =
    "<styleSheet><numFmts><numFmt numFmtId=\"170\" formatCode=\"yyyy-mm-dd hh:mm\"/></numFmts>"
    "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/><xf numFmtId=\"4\"/></cellXfs></styleSheet>";
static const char strings[] = "<sst><si><t>日期</t></si><si><t>借方金额</t></si></sst>";
static const char sheet[] =
    "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c s=\"1\"><v>45296.5</v></c></row>"
    "</sheetData></worksheet>";

static const struct {
    const char *name;
    const char *text;
} parts[] = {{"xl/worksheets/s.xml", sheet}, {"xl/sharedStrings.xml", strings}, {"xl/styles.xml", styles},
    {"xl/workbook.xml", book}, {"xl/_rels/workbook.xml.rels", relations}};
#define PARTS (sizeof parts / sizeof *parts)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packed[1 << 20];
    if (size == 0 || size > 65536)
        return 0;
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_source_keep(target);
    zip_t *zip = zip_open_from_source(target, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    for (size_t i = 0; i < PARTS; i++) {
        bool chosen = data[0] % PARTS == i;
        zip_source_t *source = zip_source_buffer(zip, chosen ? (const void *)(data + 1) : parts[i].text,
            chosen ? size - 1 : strlen(parts[i].text), 0);
        zip_int64_t index = zip_file_add(zip, parts[i].name, source, 0);
        (void)zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0);
    }
    if (zip_close(zip) != 0)
        abort();
    (void)zip_source_open(target);
    zip_int64_t count = zip_source_read(target, packed, sizeof packed);
    (void)zip_source_close(target);
    zip_source_free(target);
    return count <= 0 ? 0 : fuzz_read(packed, (size_t)count, "xlsx", "input.xlsx");
}
