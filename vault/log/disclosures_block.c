/* Entries as numbers in a row, each told as the difference to the one before; shapes as bytes. */
#include "vault/log/disclosures_private.h"

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (~(value & 1) + 1));
}

static int64_t difference(int64_t now, int64_t before)
{
    return (int64_t)((uint64_t)now - (uint64_t)before);
}

static int64_t sum(int64_t before, int64_t difference)
{
    return (int64_t)((uint64_t)before + (uint64_t)difference);
}

static void put_difference(struct buffer *block, int64_t now, int64_t *before)
{
    buffer_put_varint(block, zigzag(difference(now, *before)));
    *before = now;
}

static int64_t take_difference(struct reader *rest, int64_t *before)
{
    *before = sum(*before, unzigzag(reader_varint(rest)));
    return *before;
}

void disclosure_entry_encode(struct buffer *block, struct coder *coder, const struct entry_layout *layout,
    const struct disclosure_entry *entry)
{
    buffer_put_varint(block, entry->event - coder->event);
    coder->event = entry->event;
    put_difference(block, entry->at, &coder->at);
    buffer_put_varint(block, entry->person);
    buffer_put_varint(block, entry->shape);
    if (layout->set)
        buffer_put_varint(block, (uint64_t)entry->record);
    else if (layout->form == FORM_RECORD) {
        put_difference(block, entry->record, &coder->record);
        buffer_put_varint(block, entry->version);
    } else if (layout->form == FORM_BULK) {
        put_difference(block, entry->records, &coder->records);
        put_difference(block, entry->replaced, &coder->replaced);
    }
    if (layout->export)
        buffer_put_varint(block, entry->event - entry->intent);
}

static uint32_t take_small(struct reader *rest)
{
    uint64_t value = reader_varint(rest);
    if (value > UINT32_MAX)
        rest->short_read = true;
    return (uint32_t)value;
}

bool disclosure_entry_decode(struct reader *rest, struct coder *coder, const struct disclosure_index *index,
    bool set, struct disclosure_entry *entry)
{
    struct entry_layout layout;
    if (rest->rest.size == 0)
        return false;
    *entry = (struct disclosure_entry){0};
    coder->event += reader_varint(rest);
    entry->event = coder->event;
    entry->at = take_difference(rest, &coder->at);
    entry->person = take_small(rest);
    entry->shape = take_small(rest);
    if (!disclosure_shape_layout(index, entry->shape, set, &layout) || entry->person >= index->people.count)
        rest->short_read = true;
    else if (layout.set)
        entry->record = take_small(rest);
    else if (layout.form == FORM_RECORD) {
        entry->record = take_difference(rest, &coder->record);
        entry->version = take_small(rest);
    } else if (layout.form == FORM_BULK) {
        entry->records = take_difference(rest, &coder->records);
        entry->replaced = take_difference(rest, &coder->replaced);
    }
    if (!rest->short_read && layout.export)
        entry->intent = entry->event - reader_varint(rest);
    return !rest->short_read;
}

/* --- Shapes --- */

void disclosure_shape_encode(const struct disclosure_shape *shape, struct buffer *text)
{
    buffer_put_u8(text, (uint8_t)shape->action);
    buffer_put_u8(text, (uint8_t)shape->view);
    buffer_put_u8(text, shape->bulk);
    buffer_put_u16(text, (uint16_t)shape->compartments);
    buffer_put_block(text, shape->kind);
    buffer_put_block(text, shape->from);
    buffer_put_block(text, shape->to);
    buffer_put_block(text, shape->reveal);
}

bool disclosure_shape_decode(struct bytes text, struct disclosure_shape *shape)
{
    struct reader rest = reader_of(text);
    shape->action = (enum disclosure_action)reader_u8(&rest);
    shape->view = (enum disclosure_view)reader_u8(&rest);
    shape->bulk = reader_u8(&rest) != 0;
    shape->compartments = reader_u16(&rest);
    shape->kind = reader_block(&rest);
    shape->from = reader_block(&rest);
    shape->to = reader_block(&rest);
    shape->reveal = reader_block(&rest);
    return reader_end(&rest) == VAULT_OK && shape->action >= DISCLOSURE_READ &&
           shape->action <= DISCLOSURE_CLIENT && shape->view >= DISCLOSURE_BODY &&
           shape->view <= DISCLOSURE_KEY;
}

/* The first three bytes of a shape are enough: this is asked for each entry. */
bool disclosure_shape_layout(
    const struct disclosure_index *index, uint32_t shape, bool set, struct entry_layout *layout)
{
    struct bytes text = dictionary_get(&index->shapes, shape);
    if (text.size < 3)
        return false;
    *layout = (struct entry_layout){.form = text.data[2] != 0                 ? FORM_BULK
                                            : text.data[1] == DISCLOSURE_CARD ? FORM_CARD
                                                                              : FORM_RECORD,
        .export = text.data[0] == DISCLOSURE_EXPORT,
        .set = set};
    return true;
}

bool disclosure_index_shape(
    const struct disclosure_index *index, uint32_t number, struct disclosure_shape *shape)
{
    return disclosure_shape_decode(dictionary_get(&index->shapes, number), shape);
}
