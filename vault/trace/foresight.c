#include "vault/trace/foresight_private.h"

#include <stdlib.h>

#define TERMS_AT_ONCE 32768u

int foresight_add(void *context, const struct trace_term *term)
{
    struct foresight *foresight = context;
    if (foresight->source->expect == NULL)
        return VAULT_OK;
    if (foresight->count == foresight->capacity) {
        size_t capacity = foresight->capacity == 0 ? 256 : foresight->capacity * 2;
        struct foresight_term *terms = reallocarray(foresight->terms, capacity, sizeof *terms);
        if (terms == NULL)
            return VAULT_ENOMEM;
        foresight->terms = terms;
        foresight->capacity = capacity;
    }
    foresight->terms[foresight->count++] =
        (struct foresight_term){term->kind, term->field, foresight->text.size, term->text.size};
    buffer_put(&foresight->text, term->text);
    return foresight->count < TERMS_AT_ONCE ? buffer_error(&foresight->text) : foresight_tell(foresight);
}

int foresight_tell(struct foresight *foresight)
{
    const struct trace_source *source = foresight->source;
    int result = buffer_error(&foresight->text);
    if (foresight->count == 0)
        return result;
    struct trace_term *terms = result == VAULT_OK ? calloc(foresight->count, sizeof *terms) : NULL;
    if (result == VAULT_OK && terms == NULL)
        result = VAULT_ENOMEM;
    for (size_t i = 0; i < foresight->count && result == VAULT_OK; i++) {
        const struct foresight_term *one = &foresight->terms[i];
        terms[i] = (struct trace_term){
            one->kind, one->field, bytes_of(foresight->text.data + one->start, one->size)};
    }
    if (result == VAULT_OK)
        result = source->expect(source->context, terms, foresight->count, foresight->failure);
    free(terms);
    foresight->count = 0;
    buffer_reset(&foresight->text);
    return result;
}

void foresight_free(struct foresight *foresight)
{
    buffer_free(&foresight->text);
    free(foresight->terms);
    *foresight = (struct foresight){.source = foresight->source, .failure = foresight->failure};
}
