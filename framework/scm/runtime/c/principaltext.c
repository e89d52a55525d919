/* The Python module `scm.principal_text`; its typed face is the Python module of that name. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

#define BYTES_MAX 29
#define TEXT_BYTES_MAX 64 /* (4 + 29) * 8 / 5 letters, and a `-` before each fifth. */

/* CRC-32 (ISO 3309), four bits at a time. */
static uint32_t checksum(const uint8_t *bytes, Py_ssize_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t sum = UINT32_MAX;
    for (Py_ssize_t at = 0; at < size; at++) {
        sum ^= bytes[at];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

static PyObject *principal_text(PyObject *self, PyObject *raw)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    char *bytes, text[TEXT_BYTES_MAX];
    Py_ssize_t size, length = 0;
    if (PyBytes_AsStringAndSize(raw, &bytes, &size) < 0)
        return NULL;
    if (size > BYTES_MAX)
        return PyErr_Format(PyExc_ValueError, "a principal has at most %d bytes", BYTES_MAX);
    uint64_t bits = checksum((const uint8_t *)bytes, size);
    uint32_t count = 32, group = 0;
    for (Py_ssize_t at = 0; count > 0;) {
        if (count < 5 && at < size) {
            bits = bits << 8 | (uint8_t)bytes[at++];
            count += 8;
        }
        if (count < 5) { /* The end: zeros fill the last letter. */
            bits <<= 5 - count;
            count = 5;
        }
        if (group == 5) {
            text[length++] = '-';
            group = 0;
        }
        count -= 5;
        text[length++] = letters[bits >> count & 31];
        group++;
        if (count == 0 && at < size) {
            bits = (uint8_t)bytes[at++];
            count = 8;
        }
    }
    return PyUnicode_FromStringAndSize(text, length);
}

static PyMethodDef functions[] = {
    {"principal_text", principal_text, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "scm.principal_text",
    .m_size = -1,
    .m_methods = functions,
};

PyObject *PyInit_scm_principal_text(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL ||
        PyModule_AddStringConstant(module, "BASE32", "abcdefghijklmnopqrstuvwxyz234567") < 0)
        return NULL;
    return module;
}
