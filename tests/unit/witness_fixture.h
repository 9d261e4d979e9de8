/**
 * @file witness_fixture.h
 * A witness in a directory of its own, and a log whose tree is held in memory, so that checkpoints and proofs
 * of any size can be had; a second branch of it is a fork.
 */
#ifndef TESTS_UNIT_WITNESS_FIXTURE_H
#define TESTS_UNIT_WITNESS_FIXTURE_H

#include "vault/evidence/tree.h"
#include "vault/witness/witness_private.h"

#define GROVE_LEAVES 600u

struct grove {
    struct note_key key;
    struct sign_key *signer;
    struct hash nodes[2 * GROVE_LEAVES]; /* in post-order */
};

struct scene {
    char directory[64];
    struct witness *witness;
    struct failure failure;
    struct hasher *hasher;
    struct grove log;
    struct grove fork; /* the same key; another history from leaf 5 on */
};

void scene_start(struct scene *scene);
void scene_end(struct scene *scene);
/** Close and open again; the error of witness_open(). */
int scene_reopen(struct scene *scene);

/** A tree of leaves "NAME 0", "NAME 1", …, of which those from @p from on say something else. */
void grove_make(struct grove *grove, const char *name, int seed, uint64_t from);
void grove_free(struct grove *grove);
void grove_checkpoint(const struct grove *grove, uint64_t size, struct buffer *note);
/** A whole body of add-checkpoint. */
void grove_body(struct grove *grove, uint64_t old_size, uint64_t size, struct buffer *body);

/** Ask, and give the status; the body stays in @p answer, which the caller frees. */
unsigned scene_add(struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size,
    struct witness_answer *answer);
/** The same, the body dropped. */
unsigned scene_status(struct scene *scene, struct grove *grove, uint64_t old_size, uint64_t size);
/** Is there a right cosignature of this witness in the answer, over this checkpoint? */
bool scene_is_cosigned(
    struct scene *scene, const struct grove *grove, uint64_t size, const struct witness_answer *answer);

#endif
