/* Any table of separated values, recognised as it is in use. */
#include "formats_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_read(data, size, NULL, "input.csv");
}
