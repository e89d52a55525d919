/* Where in a message a value failed: the path to it, which grows from its end on the way up. */
#include "candid.h"

#include <stdio.h>
#include <string.h>

static const char path_gap[] = "...";

void scm_clear_path(scm_error *error)
{
    error->path = error->path_bytes + SCM_PATH_BYTES - 1;
    error->path_bytes[SCM_PATH_BYTES - 1] = 0;
    error->is_path_full = 0;
}

scm_status scm_set_error(scm_error *error, scm_status status, uint32_t offset, const char *text)
{
    scm_clear_path(error);
    error->offset = offset;
    error->text = text;
    error->expected[0] = error->got[0] = 0;
    return status;
}

void scm_error_in(scm_error *error, const char *step)
{
    size_t size = strlen(step);
    size_t room = (size_t)(error->path - error->path_bytes) - strlen(path_gap);
    if (error->is_path_full)
        return;
    if (size > room) { /* A path that long: its end is what tells the place. */
        step = path_gap;
        size = strlen(path_gap);
        error->is_path_full = 1;
    }
    error->path -= size;
    memcpy((char *)error->path, step, size);
}

void scm_error_in_field(scm_error *error, const scm_context *context, uint32_t id)
{
    char step[80];
    uint32_t low = 0, high = context->name_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (context->names[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < context->name_count && context->names[low].id == id) {
        const char *name = context->names[low].name;
        if (snprintf(step, sizeof step, ".%s", name) >= (int)sizeof step) {
            size_t end = sizeof step - 1; /* Not inside a letter: the text must stay UTF-8. */
            while (((unsigned char)name[end - 1] & 0xC0) == 0x80)
                end--;
            step[end] = 0;
        }
    } else
        snprintf(step, sizeof step, ".%u", (unsigned)id);
    scm_error_in(error, step);
}

void scm_error_in_index(scm_error *error, uint32_t index, const char *before, const char *after)
{
    char step[24];
    snprintf(step, sizeof step, "%s%u%s", before, (unsigned)index, after);
    scm_error_in(error, step);
}
