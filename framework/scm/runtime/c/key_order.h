/* Keys as bytes whose order is Python's order of the values; see decision 16, "Order of keys".
 *
 * `is_last`: nothing follows, so the value ends with the key.  Writers raise TypeError for a value
 * of another type and ValueError for one that has no place in the order; both return -1.
 */
#ifndef SCM_KEY_ORDER_H
#define SCM_KEY_ORDER_H

#include "python_values.h"

/* The first byte of an int is SCM_KEY_ZERO and its number of bytes, or SCM_KEY_MANY; turned if it
 * is negative. */
#define SCM_KEY_ZERO 0x80
#define SCM_KEY_MANY 0xe5
#define SCM_KEY_BYTES_MAX 100
#define SCM_KEY_SIGN 0x8000000000000000u /* Of the first 8 bytes of a float. */

int scm_write_key_int(scm_writer *writer, PyObject *value, int is_natural);
int scm_write_key_fixed(scm_writer *writer, PyObject *value, uint32_t width, int is_signed);
int scm_write_key_bool(scm_writer *writer, PyObject *value);
int scm_write_key_float(scm_writer *writer, PyObject *value, uint32_t width);
int scm_write_key_text(scm_writer *writer, PyObject *value, int is_last);
int scm_write_key_blob(scm_writer *writer, PyObject *value, int is_last);
int scm_write_key_principal(scm_writer *writer, PyObject *value, int is_last);

PyObject *scm_read_key_int(scm_reader *reader);
PyObject *scm_read_key_fixed(scm_reader *reader, uint32_t width, int is_signed);
PyObject *scm_read_key_bool(scm_reader *reader);
PyObject *scm_read_key_float(scm_reader *reader, uint32_t width);
PyObject *scm_read_key_text(scm_reader *reader, int is_last);
PyObject *scm_read_key_blob(scm_reader *reader, int is_last);
PyObject *scm_read_key_principal(scm_reader *reader, int is_last);

#endif
