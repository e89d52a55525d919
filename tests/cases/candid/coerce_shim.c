/* The C coercion of the canister behind one function, for a test on the host. */
#include "candid.h"

#include <stdlib.h>

int shim_coerce(const uint8_t *data, uint32_t size, const uint8_t *header, uint32_t header_size,
                uint32_t base, uint32_t per_byte, scm_buffer *out, scm_error *error)
{
    scm_table expected;
    uint32_t values_at;
    scm_context context = {NULL, 0, {base, per_byte}};
    int status = scm_read_table(&expected, header, header_size, &values_at, error);
    if (status == SCM_OK)
        status = scm_coerce(data, size, &expected, &context, out, error);
    scm_free_table(&expected);
    return status;
}

void shim_free(scm_buffer *out)
{
    free(out->bytes);
    out->bytes = NULL;
}
