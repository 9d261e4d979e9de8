/* Making cosigned checkpoints durable, many at once: whoever comes first writes for all who wait. */
#include <errno.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/witness/witness_private.h"

#define FILE_FLOOR ((uint64_t)4 * 1024 * 1024)

static int write_at(int descriptor, uint64_t offset, struct bytes data)
{
    while (data.size > 0) {
        ssize_t done = pwrite(descriptor, data.data, data.size, (off_t)offset);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return VAULT_EIO;
        offset += (uint64_t)done;
        data = bytes_of(data.data + done, data.size - (size_t)done);
    }
    return VAULT_OK;
}

static int put_steps(const struct step *steps, uint64_t number, struct buffer *group)
{
    struct buffer blocks = {0};
    for (; steps != NULL; steps = steps->next)
        buffer_put_block(&blocks, buffer_bytes(&steps->note));
    int result = buffer_error(&blocks);
    if (result == VAULT_OK) {
        state_put_group(number, buffer_bytes(&blocks), group);
        result = buffer_error(group);
    }
    buffer_free(&blocks);
    return result;
}

void step_take_over(struct step *step, bool durable)
{
    struct cosigned *row = step->row;
    row->size = step->size;
    row->root = step->root;
    row->time = step->time;
    buffer_free(&row->note);
    row->note = step->note;
    row->durable = durable ? step->size : row->durable;
    step->note = (struct buffer){0}; /* transferred */
    step->done = true;
}

/* Write what was gathered, with the lock given up meanwhile.  A sync that failed may have lost what was
 * written before it, and asking again would hide that: so the state is never written again by this process.
 */
static void lead(struct witness *witness)
{
    struct state_file *state = &witness->state;
    struct step *steps = state->filling;
    struct buffer group = {0};
    state->filling = NULL;
    state->led = true;
    (void)pthread_mutex_unlock(&witness->lock);
    int result = put_steps(steps, state->number, &group);
    if (result == VAULT_OK)
        result = write_at(state->descriptor, state->end, buffer_bytes(&group));
    if (result == VAULT_OK && fdatasync(state->descriptor) != 0)
        result = VAULT_EIO;
    (void)pthread_mutex_lock(&witness->lock);
    state->led = false;
    state->syncs++;
    state->end += group.size;
    state->number++;
    state->failed = state->failed || result != VAULT_OK;
    while (result == VAULT_OK && steps != NULL) {
        struct step *next = steps->next; /* whoever waits may be gone once it is done */
        step_take_over(steps, true);
        steps = next;
    }
    buffer_free(&group);
    (void)pthread_cond_broadcast(&witness->moved);
}

/* Old notes of logs that have moved on are dropped now and then.  Nobody writes now, and the table holds
 * exactly what is durable. */
static void shrink(struct witness *witness)
{
    struct state_file *state = &witness->state;
    if (state->end >= FILE_FLOOR && state->end >= 4 * state->live && state_renew(witness, NULL) != VAULT_OK)
        state->failed = true;
}

int state_commit(struct witness *witness, struct step *step)
{
    struct state_file *state = &witness->state;
    step->next = state->filling;
    state->filling = step;
    while (!step->done && !state->failed) {
        if (state->led) {
            (void)pthread_cond_wait(&witness->moved, &witness->lock);
            continue;
        }
        shrink(witness);
        if (!state->failed)
            lead(witness);
    }
    return step->done ? VAULT_OK : VAULT_EIO;
}
