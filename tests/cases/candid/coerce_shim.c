/* The C coercion of the canister behind one function, for a test on the host. */
#include "candid.h"

#include <stdlib.h>
#include <string.h>

/* The one name that is known here; 0 for none. */
static scm_name known;

void shim_know(uint32_t id, const char *name)
{
    known = (scm_name){id, name};
}

int shim_coerce(const uint8_t *data, uint32_t size, const uint8_t *header, uint32_t header_size,
                uint32_t base, uint32_t per_byte, scm_buffer *out, scm_error *error)
{
    scm_table expected;
    uint32_t values_at;
    scm_context context = {&known, known.name != NULL, {base, per_byte}};
    int status = scm_read_table(&expected, header, header_size, &values_at, error);
    if (status == SCM_OK)
        status = scm_coerce(data, size, &expected, &context, out, NULL, error);
    scm_free_table(&expected);
    return status;
}

/* Where the values are if they need no rewriting; 0 if they do, or if a header is malformed. */
uint32_t shim_values_at(const uint8_t *data, uint32_t size, const uint8_t *header,
                        uint32_t header_size, scm_error *error)
{
    scm_table expected, wire;
    uint32_t values_at = 0, unused;
    memset(&wire, 0, sizeof wire);
    if (scm_read_table(&expected, header, header_size, &unused, error) == SCM_OK &&
        scm_read_table(&wire, data, size, &values_at, error) == SCM_OK &&
        !scm_is_same_layout(&wire, &expected))
        values_at = 0;
    scm_free_table(&expected);
    scm_free_table(&wire);
    return values_at;
}

void shim_free(scm_buffer *out)
{
    free(out->bytes);
    out->bytes = NULL;
}
