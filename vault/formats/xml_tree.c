#include "vault/formats/xml_tree_private.h"

#include <stdlib.h>
#include <string.h>

#include "vault/base/text.h"
#include "vault/formats/limits.h"

#define PIECE ((size_t)32 << 10)
#define NODE_COST 24 /* what a node counts for beside its texts, so that a million empty ones are too many \
                      */
#define BIG_BYTES ((size_t)LIMIT_ATTACHMENT_BYTES / 2) /* of all large texts together, still encoded */
#define STEP 64

struct xml_piece {
    struct xml_piece *next;
    size_t size, used;
    _Alignas(16) uint8_t data[];
};

static void *take(struct xml_tree *tree, size_t size)
{
    size = (size + 15) & ~(size_t)15;
    struct xml_piece *piece = tree->pieces;
    if (piece == NULL || piece->size - piece->used < size) {
        size_t room = size > PIECE / 4 ? size : PIECE;
        struct xml_piece *fresh = malloc(sizeof *fresh + room);
        if (fresh == NULL) {
            return NULL;
        }
        *fresh = (struct xml_piece){.size = room};
        bool behind = piece != NULL && room != PIECE; /* a large one of its own: go on filling the first */
        fresh->next = behind ? piece->next : piece;
        *(behind ? &piece->next : &tree->pieces) = fresh;
        piece = fresh;
    }
    void *memory = piece->data + piece->used;
    piece->used += size;
    memset(memory, 0, size);
    return memory;
}

static int charge(struct xml_tree *tree, size_t size)
{
    if (tree->content + size > LIMIT_ROW_BYTES) {
        return VAULT_ELIMIT;
    }
    tree->content += size;
    return VAULT_OK;
}

static char *copy(struct xml_tree *tree, struct bytes text)
{
    char *memory = take(tree, text.size + 1);
    if (memory != NULL && text.size > 0) {
        memcpy(memory, text.data, text.size);
    }
    return memory;
}

int xml_tree_add(
    struct xml_tree *tree, struct xml_node *parent, struct bytes name, int line, struct xml_node **nodep)
{
    static char none[1];
    *nodep = NULL;
    int error = charge(tree, name.size + NODE_COST);
    if (error != VAULT_OK) {
        return error;
    }
    struct xml_node *node = take(tree, sizeof *node);
    char *text = copy(tree, name);
    if (node == NULL || text == NULL) {
        return VAULT_ENOMEM;
    }
    *node = (struct xml_node){.name = text, .text = none, .parent = parent, .line = line};
    if (parent != NULL) {
        *(parent->last == NULL ? &parent->first : &parent->last->next) = node;
        parent->last = node;
    }
    *nodep = node;
    return VAULT_OK;
}

int xml_tree_text(struct xml_tree *tree, struct xml_node *node, struct bytes text)
{
    bool big = tree->big != NULL && strcmp(node->name, tree->big) == 0;
    size_t size = node->text_size + text.size;
    if (big ? tree->big_content + text.size > BIG_BYTES
            : size > LIMIT_CELL_BYTES || charge(tree, text.size) != VAULT_OK) {
        return VAULT_ELIMIT;
    }
    tree->big_content += big ? text.size : 0;
    if (size >= node->text_capacity) {
        size_t capacity = node->text_size == 0 ? size + 1 : size * 2 + 1;
        char *grown = take(tree, capacity);
        if (grown == NULL) {
            return VAULT_ENOMEM;
        }
        memcpy(grown, node->text, node->text_size);
        node->text = grown;
        node->text_capacity = capacity;
    }
    if (text.size > 0) {
        memcpy(node->text + node->text_size, text.data, text.size);
        node->text_size = size;
        node->text[size] = 0;
    }
    return VAULT_OK;
}

int xml_tree_attribute(struct xml_tree *tree, struct xml_node *node, struct bytes name, struct bytes text)
{
    int error = text.size > LIMIT_CELL_BYTES ? VAULT_ELIMIT : charge(tree, name.size + text.size + NODE_COST);
    if (error != VAULT_OK) {
        return error;
    }
    struct xml_attribute *attribute = take(tree, sizeof *attribute);
    char *own_name = copy(tree, name), *own_text = copy(tree, text);
    if (attribute == NULL || own_name == NULL || own_text == NULL) {
        return VAULT_ENOMEM;
    }
    *attribute = (struct xml_attribute){.next = node->attributes, .name = own_name, .text = own_text};
    node->attributes = attribute;
    return VAULT_OK;
}

void xml_tree_reset(struct xml_tree *tree)
{
    struct xml_piece *piece = tree->pieces;
    while (piece != NULL) {
        struct xml_piece *next = piece->next;
        wipe(piece->data, piece->used);
        free(piece);
        piece = next;
    }
    tree->pieces = NULL;
    tree->content = tree->big_content = 0;
}

struct bytes xml_node_text(const struct xml_node *node)
{
    return text_trim(bytes_of(node->text, node->text_size));
}

struct xml_node *xml_child(struct xml_node *parent, const char *name, struct xml_node *after)
{
    struct xml_node *node = after == NULL ? parent->first : after->next;
    while (node != NULL && strcmp(node->name, name) != 0) {
        node = node->next;
    }
    return node;
}

/* --- paths: steps of `name`, `[condition]` and `@attribute` ------------------------------------------------
 */

static struct xml_attribute *attribute_named(const struct xml_node *node, const char *name, size_t size)
{
    struct xml_attribute *attribute = node->attributes;
    while (attribute != NULL && (strncmp(attribute->name, name, size) != 0 || attribute->name[size] != 0)) {
        attribute = attribute->next;
    }
    return attribute;
}

struct bytes xml_place_text(struct xml_place place)
{
    if (place.attribute != NULL) {
        return text_trim(bytes_of_text(place.attribute->text));
    }
    return place.node == NULL ? bytes_of(NULL, 0) : xml_node_text(place.node);
}

static int keep_if_text(void *context, struct xml_place place)
{
    if (xml_place_text(place).size == 0) {
        return 0;
    }
    *(struct xml_place *)context = place;
    return 1;
}

struct xml_place xml_find(struct xml_node *node, const char *path)
{
    struct xml_place found = {NULL, NULL};
    xml_each(node, path, keep_if_text, &found);
    return found;
}

struct bytes xml_text_at(struct xml_node *node, const char *path)
{
    return xml_place_text(xml_find(node, path));
}

/* `[path=text]`, without the brackets. */
static bool condition_holds(struct xml_node *node, const char *condition, size_t size)
{
    char path[STEP];
    const char *equals = memchr(condition, '=', size);
    size_t length = equals == NULL ? 0 : (size_t)(equals - condition);
    if (length == 0 || length >= sizeof path) {
        return false;
    }
    memcpy(path, condition, length);
    path[length] = 0;
    return bytes_equal(xml_text_at(node, path), bytes_of(equals + 1, size - length - 1));
}

int xml_each(struct xml_node *node, const char *path, int (*visit)(void *context, struct xml_place place),
    void *context)
{
    if (*path == 0) {
        return visit(context, (struct xml_place){node, NULL});
    }
    if (*path == '@') {
        struct xml_attribute *attribute = attribute_named(node, path + 1, strlen(path + 1));
        return attribute == NULL ? 0 : visit(context, (struct xml_place){node, attribute});
    }
    size_t size = strcspn(path, "/[@");
    const char *rest = path + size, *condition = NULL;
    size_t condition_size = 0;
    if (*rest == '[') {
        condition = rest + 1;
        condition_size = strcspn(condition, "]");
        rest = condition + condition_size + (condition[condition_size] == ']');
    }
    rest += *rest == '/';
    int stop = 0;
    for (struct xml_node *child = node->first; child != NULL && stop == 0; child = child->next) {
        bool named = strncmp(child->name, path, size) == 0 && child->name[size] == 0;
        if (named && (condition == NULL || condition_holds(child, condition, condition_size))) {
            stop = xml_each(child, rest, visit, context);
        }
    }
    return stop;
}
