/**
 * @file cedar.h
 * The Cedar policy language (4.x), native in C: parse, link, validate, decide, explain.
 *
 * The engine is pure: no I/O, no clock, no global mutable state, nothing but libc.  Text
 * goes in as buffers, answers come out as values in memory that the caller chose.
 *
 * A decision in five steps:
 *
 *     struct cedar_policies *set;                        // once, then shared by all threads
 *     cedar_policies_parse(text, len, &set, &err);
 *     struct cedar_entities *people = cedar_entities_new(NULL);     // once: users, roles
 *     cedar_entities_add(people, ...); cedar_entities_seal(people, &err);
 *     struct cedar_entities *extra = cedar_entities_new(people);    // one per thread
 *     struct cedar_arena *arena = cedar_arena_new(0);               // one per thread
 *     for each request:
 *         cedar_arena_reset(arena); cedar_entities_reset(extra);
 *         cedar_entities_add(extra, ...); cedar_entities_seal(extra, NULL);
 *         cedar_authorize(set, extra, &request, arena, &answer);
 *
 * After the first few requests the loop calls malloc no more: arena and overlay keep
 * their memory when they are reset.
 *
 * **Ownership.**  A function that takes a pointer borrows it for the call, unless it says
 * "keeps".  Whatever is made *in an arena* lives until that arena is reset or freed.
 * Every _free() accepts NULL.
 *
 * **Errors.**  Functions return CEDAR_OK (0) or a negative enum cedar_status, and fill
 * the struct cedar_error if one is given (NULL is allowed).  Nothing is printed.  Outputs
 * are NULL or zero after a failure; a decision is CEDAR_DENY.
 *
 * **Threads.**  A sealed policy set, a sealed entity store and a schema never change, so
 * any number of threads may use one at once.  An arena, an unsealed store and whatever
 * is being built belong to one thread at a time.
 *
 * **Text** is UTF-8 with an explicit length; it need not end in NUL and may hold NULs in
 * strings.  Strings given back are in the same form.
 *
 * **Limits** end in CEDAR_ELIMIT or CEDAR_ENOMEM with a message, never in a crash: see
 * the CEDAR_MAX_ constants.
 */
#ifndef POLICY_CEDAR_H
#define POLICY_CEDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CEDAR_LANGUAGE_VERSION "4.5"

/** Longest text of any kind that is read, in bytes. */
#define CEDAR_MAX_TEXT ((size_t)128 << 20)
/** Most memory that one policy set, schema or entity store may take, in bytes. */
#define CEDAR_MAX_MEMORY ((size_t)2 << 30)
/** Deepest nesting of an expression; chains of &&, ||, +, -, * and lists are flat. */
#define CEDAR_MAX_DEPTH 600
/** Deepest nesting of a JSON text, and of a value. */
#define CEDAR_MAX_VALUE_DEPTH 2000

/* ---------------------------------------------------------------- basics */

enum cedar_status {
    CEDAR_OK = 0,
    CEDAR_EPARSE = -1,  /* the text is not what it should be: see line and column */
    CEDAR_EINVAL = -2,  /* well-formed, but wrong: a cycle, a duplicate, an unknown name */
    CEDAR_ELIMIT = -3,  /* too long or too deep */
    CEDAR_ENOMEM = -4,  /* no memory, or the arena's limit is reached */
    CEDAR_ESCHEMA = -5, /* does not agree with the schema */
};

/** Text with a length; not NUL-terminated. */
struct cedar_str {
    const char *data;
    size_t len;
};

/** A cedar_str of a string literal, and of a NUL-terminated string. */
#define CEDAR_STR(literal) ((struct cedar_str){(literal), sizeof(literal) - 1})
struct cedar_str cedar_str(const char *text);

/** What went wrong and where.  line and column count from 1, in code points; 0: no place. */
struct cedar_error {
    enum cedar_status status;
    size_t offset; /* in bytes */
    size_t line, column;
    char message[256]; /* one line, without the place */
    char help[160];    /* how to repair it, or empty */
};

/** Memory that is given back all at once. */
struct cedar_arena;

/**
 * An empty arena.  @param limit most bytes it may hold, 0 for CEDAR_MAX_MEMORY.
 * @return NULL without memory.
 */
struct cedar_arena *cedar_arena_new(size_t limit);
/** Forget everything made in it; keeps the memory for the next use. */
void cedar_arena_reset(struct cedar_arena *arena);
void cedar_arena_free(struct cedar_arena *arena);

/* ---------------------------------------------------------------- values */

/** The name of an entity: User::"alice" has the type "User" and the id "alice". */
struct cedar_uid {
    struct cedar_str type;
    struct cedar_str id;
};

/** Read Type::"id" (no white space around or inside).  The result lives in the arena. */
int cedar_uid_parse(
    struct cedar_str text, struct cedar_arena *arena, struct cedar_uid *out, struct cedar_error *err);
/** Write Type::"id" with the id escaped; an empty string without memory. */
struct cedar_str cedar_uid_print(struct cedar_uid uid, struct cedar_arena *arena);
bool cedar_uid_equal(struct cedar_uid a, struct cedar_uid b);

/** An immutable Cedar value in an arena. */
struct cedar_value;

enum cedar_kind {
    CEDAR_BOOL,
    CEDAR_LONG,
    CEDAR_STRING,
    CEDAR_ENTITY,
    CEDAR_SET,
    CEDAR_RECORD,
    CEDAR_DECIMAL,
    CEDAR_IP,
    CEDAR_DATETIME,
    CEDAR_DURATION,
};

/** One field of a record under construction. */
struct cedar_field {
    struct cedar_str key;
    const struct cedar_value *value;
};

/*
 * Constructors.  Text is copied into the arena; element values are kept, so they must
 * live as long as the result (same arena, or a longer-lived one).  All return NULL
 * without memory, and for a NULL element: build a whole tree, then check once.
 * cedar_record() also returns NULL for a key that occurs twice; cedar_uid_value() for a
 * type that is not a name; the text forms for text that Cedar refuses.
 */
const struct cedar_value *cedar_bool(struct cedar_arena *arena, bool b);
const struct cedar_value *cedar_long(struct cedar_arena *arena, int64_t n);
const struct cedar_value *cedar_string(struct cedar_arena *arena, struct cedar_str s);
const struct cedar_value *cedar_uid_value(struct cedar_arena *arena, struct cedar_uid uid);
const struct cedar_value *cedar_set(
    struct cedar_arena *arena, const struct cedar_value *const *items, size_t n);
const struct cedar_value *cedar_record(struct cedar_arena *arena, const struct cedar_field *fields, size_t n);
const struct cedar_value *cedar_decimal(struct cedar_arena *arena, struct cedar_str text);
const struct cedar_value *cedar_ip(struct cedar_arena *arena, struct cedar_str text);
const struct cedar_value *cedar_datetime(struct cedar_arena *arena, struct cedar_str text);
const struct cedar_value *cedar_duration(struct cedar_arena *arena, struct cedar_str text);
/** datetime and duration from milliseconds (since 1970-01-01T00:00:00Z; signed). */
const struct cedar_value *cedar_datetime_ms(struct cedar_arena *arena, int64_t ms);
const struct cedar_value *cedar_duration_ms(struct cedar_arena *arena, int64_t ms);

enum cedar_kind cedar_value_kind(const struct cedar_value *value);
/** Equality of the language: across kinds false, sets without order. */
bool cedar_value_equal(const struct cedar_value *a, const struct cedar_value *b);
/** As Cedar text ({"a": [1, ip("::1")]}), and as entity JSON (with __entity, __extn). */
struct cedar_str cedar_value_print(const struct cedar_value *value, struct cedar_arena *arena);
struct cedar_str cedar_value_json(const struct cedar_value *value, struct cedar_arena *arena);

/* ---------------------------------------------------------------- policies */

enum cedar_effect { CEDAR_PERMIT, CEDAR_FORBID };

/** Policies and templates by id.  Grows until sealed, then never changes. */
struct cedar_policies;
/** One policy, or one template-linked policy, or (among the templates) a template. */
struct cedar_policy;
struct cedar_schema;

struct cedar_policies *cedar_policies_new(void);
void cedar_policies_free(struct cedar_policies *set);

/**
 * Read a text of policies and templates and seal: the usual way, for a set without links.
 * The text is copied.  Ids are policy0, policy1, … in order of appearance.
 */
int cedar_policies_parse(const char *text, size_t len, struct cedar_policies **out, struct cedar_error *err);

/** Add text; ids continue from the number of policies and templates already there. */
int cedar_policies_add_text(
    struct cedar_policies *set, const char *text, size_t len, struct cedar_error *err);
/**
 * Add policies in their JSON form: a policy set ({staticPolicies, templates,
 * templateLinks}) or a single policy ({effect, principal, ...}), which is given the next
 * policyN as its id.
 */
int cedar_policies_add_json(
    struct cedar_policies *set, const char *json, size_t len, struct cedar_error *err);
/** Let every @id("x") rename its policy or template.  CEDAR_EINVAL if two ids collide. */
int cedar_policies_rename(struct cedar_policies *set, struct cedar_error *err);
/**
 * Link a template: exactly the slots it has must be given, NULL for the other.
 * CEDAR_EINVAL: no such template, slot missing or superfluous, id in use.
 */
int cedar_policies_link(struct cedar_policies *set, struct cedar_str template_id, struct cedar_str new_id,
    const struct cedar_uid *principal, const struct cedar_uid *resource, struct cedar_error *err);
/**
 * Links as a file of the command line holds them: a list of {"template_id", "link_id",
 * "args": {"?principal": "User::\"a\""}}; empty text means none.
 */
int cedar_policies_link_json(
    struct cedar_policies *set, const char *json, size_t len, struct cedar_error *err);
/**
 * Build the index and freeze.  After a failure of any function above only
 * cedar_policies_free() is allowed.
 */
int cedar_policies_seal(struct cedar_policies *set, struct cedar_error *err);

/** Policies that take part in decisions, in order: static ones, then links. */
size_t cedar_policies_count(const struct cedar_policies *set);
const struct cedar_policy *cedar_policies_at(const struct cedar_policies *set, size_t i);
/** Templates, linked or not. */
size_t cedar_policies_template_count(const struct cedar_policies *set);
const struct cedar_policy *cedar_policies_template_at(const struct cedar_policies *set, size_t i);
/** By id, among both; NULL if there is none. */
const struct cedar_policy *cedar_policies_find(const struct cedar_policies *set, struct cedar_str id);

/* What a policy says of itself.  All live as long as the set. */
struct cedar_str cedar_policy_id(const struct cedar_policy *policy);
enum cedar_effect cedar_policy_effect(const struct cedar_policy *policy);
bool cedar_policy_is_template(const struct cedar_policy *policy);
/** The template of a link, else NULL. */
const struct cedar_policy *cedar_policy_template(const struct cedar_policy *policy);
/** As written, from the first annotation to the semicolon (a link: its template's); empty if it came as JSON.
 */
struct cedar_str cedar_policy_text(const struct cedar_policy *policy);
/** Where that text starts, from 1; 0 if it came as JSON. */
size_t cedar_policy_line(const struct cedar_policy *policy);
size_t cedar_policy_column(const struct cedar_policy *policy);
size_t cedar_policy_annotation_count(const struct cedar_policy *policy);
void cedar_policy_annotation_at(
    const struct cedar_policy *policy, size_t i, struct cedar_str *name, struct cedar_str *value);
/** True and the value (empty for @name alone), or false.  @p value may be NULL. */
bool cedar_policy_annotation(
    const struct cedar_policy *policy, struct cedar_str name, struct cedar_str *value);

/** The policy formatted anew; the whole set (without links), one blank line between policies. */
struct cedar_str cedar_policy_print(const struct cedar_policy *policy, struct cedar_arena *arena);
struct cedar_str cedar_policies_print(const struct cedar_policies *set, struct cedar_arena *arena);
/** The JSON form of one policy, and of the whole set with templates and links. */
struct cedar_str cedar_policy_json(const struct cedar_policy *policy, struct cedar_arena *arena);
struct cedar_str cedar_policies_json(const struct cedar_policies *set, struct cedar_arena *arena);

/* ---------------------------------------------------------------- entities */

/** Entities with attributes, tags and parents; may lie as a layer over another store. */
struct cedar_entities;

/**
 * An empty store.  @param base a sealed store below this one, or NULL; kept, must outlive
 * the new store.  An entity of the upper store hides the same one of the base whole;
 * parents are looked up through both.  Hierarchy among the entities of the base is not
 * changed by the upper store.
 */
struct cedar_entities *cedar_entities_new(const struct cedar_entities *base);
void cedar_entities_free(struct cedar_entities *store);
/** Empty it (and its arena) and unseal; keeps base and memory. */
void cedar_entities_reset(struct cedar_entities *store);
/** The store's own arena: the place for values of its attributes. */
struct cedar_arena *cedar_entities_arena(struct cedar_entities *store);

struct cedar_entity {
    struct cedar_uid uid;            /* copied */
    const struct cedar_value *attrs; /* a record, kept; NULL: none */
    const struct cedar_value *tags;  /* a record, kept; NULL: none */
    const struct cedar_uid *parents; /* copied */
    size_t parent_count;
};

/**
 * Add one.  Parents need not be in the store.  CEDAR_EINVAL: the uid is there already
 * with other contents, attrs or tags is no record, a type is no name.
 */
int cedar_entities_add(
    struct cedar_entities *store, const struct cedar_entity *entity, struct cedar_error *err);
/**
 * Add all of an entities JSON text.  @param schema may be NULL; with it, escapes may be
 * left out, every entity must conform (else CEDAR_ESCHEMA), and the schema's actions are
 * added with their hierarchy.
 */
int cedar_entities_add_json(struct cedar_entities *store, const char *json, size_t len,
    const struct cedar_schema *schema, struct cedar_error *err);
/** Check for cycles (CEDAR_EINVAL) and freeze. */
int cedar_entities_seal(struct cedar_entities *store, struct cedar_error *err);

size_t cedar_entities_count(const struct cedar_entities *store);
/** In this layer, in the order of addition. */
struct cedar_uid cedar_entities_at(const struct cedar_entities *store, size_t i);

/* ---------------------------------------------------------------- requests and decisions */

struct cedar_request {
    struct cedar_uid principal, action, resource;
    const struct cedar_value *context; /* a record; NULL: empty */
};

/**
 * Read a request: {"principal": "User::\"a\"", "action": ..., "resource": ..., "context": {}}.
 * @param schema NULL, or: the context is read as its action declares it; escapes may be
 *               left out, and records must have the declared attributes (CEDAR_ESCHEMA).
 *               For all the rest see cedar_request_validate().
 */
int cedar_request_parse(const char *json, size_t len, const struct cedar_schema *schema,
    struct cedar_arena *arena, struct cedar_request *out, struct cedar_error *err);

enum cedar_decision { CEDAR_DENY, CEDAR_ALLOW };

/** A policy that could not be evaluated: it counts as not satisfied. */
struct cedar_failure {
    const struct cedar_policy *policy;
    struct cedar_str message;
    size_t line, column; /* of the expression, in the set's text; 0 if it came as JSON */
};

struct cedar_answer {
    enum cedar_decision decision;
    const struct cedar_policy *const *reasons; /* satisfied policies that decide, in order */
    size_t reason_count;
    const struct cedar_failure *failures; /* in order */
    size_t failure_count;
};

/**
 * Decide.  Deny by default; a satisfied forbid overrides every permit.
 *
 * @param set       sealed.
 * @param entities  sealed; NULL: no entities.
 * @param arena     takes the answer and all scratch memory; not reset here.
 * @retval CEDAR_ENOMEM the arena is exhausted; answer->decision is CEDAR_DENY.
 * @retval CEDAR_EINVAL context is no record; likewise.
 */
int cedar_authorize(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, struct cedar_arena *arena, struct cedar_answer *answer);

/** How one policy fared, for explanations. */
enum cedar_outcome {
    CEDAR_SATISFIED,
    CEDAR_OTHER_PRINCIPAL, /* the scope names another principal, action or resource */
    CEDAR_OTHER_ACTION,
    CEDAR_OTHER_RESOURCE,
    CEDAR_WHEN_FALSE, /* a when is false, an unless is true: see expr */
    CEDAR_UNLESS_TRUE,
    CEDAR_FAILED, /* see message */
};

struct cedar_trace {
    const struct cedar_policy *policy;
    enum cedar_outcome outcome;
    struct cedar_str expr; /* the part of the text that decided: the first false operand of && */
    size_t line, column;   /* of expr */
    struct cedar_str message;
};

/**
 * The same evaluation as cedar_authorize(), with the outcome of every policy.
 * @param traces  out: cedar_policies_count() of them, in the arena.
 */
int cedar_explain(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, struct cedar_arena *arena, const struct cedar_trace **traces);

/* ---------------------------------------------------------------- partial knowledge */

enum cedar_unknown {
    CEDAR_UNKNOWN_PRINCIPAL = 1,
    CEDAR_UNKNOWN_ACTION = 2,
    CEDAR_UNKNOWN_RESOURCE = 4,
    CEDAR_UNKNOWN_CONTEXT = 8,
};

/** What is left of a policy set once part of a request is known. */
struct cedar_residual;

/**
 * Decide as far as possible.
 *
 * @param unknown  a mask of enum cedar_unknown.  Of an unknown principal or resource
 *                 request->principal.type may still be given, or be empty: an expected
 *                 type lets "is" and "==" be decided, and fillings must be of it.  The rest
 *                 of an unknown part is ignored.
 * @param entities what is known of the known ones; kept, with set and request's values,
 *                 as long as the residual is used.
 * @param arena    takes the residual.
 */
int cedar_residual_new(const struct cedar_policies *set, const struct cedar_entities *entities,
    const struct cedar_request *request, unsigned unknown, struct cedar_arena *arena,
    struct cedar_residual **out);

enum cedar_verdict { CEDAR_NEVER, CEDAR_ALWAYS, CEDAR_DEPENDS };

/** CEDAR_ALWAYS: allowed whatever the unknowns are; CEDAR_NEVER: denied whatever they are. */
enum cedar_verdict cedar_residual_verdict(const struct cedar_residual *residual);
/** Policies that may still matter, and each as Cedar text (conditions simplified). */
size_t cedar_residual_count(const struct cedar_residual *residual);
const struct cedar_policy *cedar_residual_policy(const struct cedar_residual *residual, size_t i);
struct cedar_str cedar_residual_print(
    const struct cedar_residual *residual, size_t i, struct cedar_arena *arena);

/**
 * Decide for one filling of the unknowns; same answer as cedar_authorize() with the whole
 * request, at the price of the residual only.
 *
 * @param entities  the store of cedar_residual_new(), or a layer over it; what was known
 *                  then is taken as it was then.
 * @param filling   the unknown parts (the known ones are ignored).
 * @param arena     scratch and answer; another one than the residual's.
 * @retval CEDAR_EINVAL a filling is not of the type that was expected.
 */
int cedar_residual_decide(const struct cedar_residual *residual, const struct cedar_entities *entities,
    const struct cedar_request *filling, struct cedar_arena *arena, struct cedar_answer *answer);

/* ---------------------------------------------------------------- schema */

/** Read a schema in Cedar syntax, or in JSON.  Immutable. */
int cedar_schema_parse(const char *text, size_t len, struct cedar_schema **out, struct cedar_error *err);
int cedar_schema_parse_json(const char *json, size_t len, struct cedar_schema **out, struct cedar_error *err);
void cedar_schema_free(struct cedar_schema *schema);

/** CEDAR_ESCHEMA: unknown action, type not in its appliesTo, context of another type. */
int cedar_request_validate(
    const struct cedar_schema *schema, const struct cedar_request *request, struct cedar_error *err);

/** One thing the validator objects to. */
struct cedar_finding {
    const struct cedar_policy *policy;
    bool warning; /* a warning does not make the set invalid */
    size_t line, column;
    struct cedar_str message;
    struct cedar_str help; /* the fix, or empty */
};

struct cedar_findings {
    const struct cedar_finding *items;
    size_t count;
    bool valid; /* no finding is an error */
};

/** Check all policies and templates, strictly.  @retval CEDAR_OK also if not valid: see out->valid. */
int cedar_validate(const struct cedar_policies *set, const struct cedar_schema *schema,
    struct cedar_arena *arena, struct cedar_findings *out);

/* ---------------------------------------------------------------- whole texts at once */

/** The inputs of the three commands, as texts; data NULL: not given. */
struct cedar_inputs {
    struct cedar_str policies, entities, request, links;
    struct cedar_str schema; /* Cedar syntax, or JSON if it starts with { */
    bool skip_request_validation;
};

/** Which input an error is about. */
enum cedar_input { CEDAR_IN_POLICIES, CEDAR_IN_ENTITIES, CEDAR_IN_REQUEST, CEDAR_IN_LINKS, CEDAR_IN_SCHEMA };

struct cedar_outcome_text {
    enum cedar_decision decision;
    bool valid;            /* of cedar_command_validate() */
    struct cedar_str json; /* one line of JSON, without a line end */
    struct cedar_str text; /* messages for people, one a line; may be empty */
    enum cedar_input blame;
};

/** The policies parse, all of them (templates too). */
int cedar_command_check_parse(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err);
/** {"decision": "allow"|"deny", "reasons": [ids], "errors": [ids]}; ids renamed by @id. */
int cedar_command_authorize(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err);
/** {"valid": bool, "errors": [...], "warnings": [...]} of {policy, line, column, message, help}. */
int cedar_command_validate(const struct cedar_inputs *in, struct cedar_arena *arena,
    struct cedar_outcome_text *out, struct cedar_error *err);

#ifdef __cplusplus
}
#endif

#endif
