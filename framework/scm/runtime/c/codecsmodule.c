/* The Python module `scm.runtime.codecs`: the generated codecs of this canister's messages.
 *
 * Each message has functions named `decode_N`, `encode_N` and so on, as the glue module needs them;
 * its typed face is `runtime/codecs.py`.
 */
#include "python_values.h"

#include <stdlib.h>

#include "ic0.h"

#define SHARED_BYTES 4096

int scm_prepare_codecs(void); /* candid_read.c */

static uint8_t shared[SHARED_BYTES];

/* The argument of the message that runs, or the reply that has come, by `read`. */
PyObject *scm_read_argument(const scm_message *message, PyObject *(*read)(scm_reader *))
{
    uint32_t size = ic0_msg_arg_data_size();
    uint8_t *data = size <= SHARED_BYTES ? shared : malloc(size);
    if (data == NULL)
        return PyErr_NoMemory();
    ic0_msg_arg_data_copy(data, 0, size);
    PyObject *result = scm_read_message(message, data, size, read, 0);
    if (data != shared)
        free(data);
    return result;
}

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "scm.runtime.codecs", .m_size = -1,
};

PyObject *PyInit_scm_codecs(void)
{
    if (scm_prepare_codecs() < 0)
        return NULL;
    definition.m_methods = scm_codec_functions;
    return PyModule_Create(&definition);
}
