/* What the generated `entries.c` gives the fixed part: counts, table indices, module table. */
#ifndef SCM_ENTRIES_H
#define SCM_ENTRIES_H

#include <Python.h>
#include <stdint.h>

/* The number of trampolines, and of functions in `scm_entry.ENTRIES`. */
extern const Py_ssize_t scm_entry_count;

/* Callbacks: cleanup, orphan, then the response handlers. */
extern const Py_ssize_t scm_callback_count;

/* Where the function table has callback number `index`. */
uint32_t scm_callback_index(Py_ssize_t index);

/* All modules that are compiled, and the user's; ends with NULL. */
extern const char *const scm_modules_to_import[];

/* End a message whose function has returned what mypyc's native functions do: 2 for an exception,
 * which traps. */
void scm_finish(char result);

/* Run callback number `entry` of the glue module; an exception traps. */
void scm_run_callback(uint32_t entry, uint32_t env);

/* Initialise a module that mypyc compiled: its group first, then the module itself. */
PyObject *scm_init_compiled(const char *group, int (*ensure_dependencies)(void),
                            PyObject *(*init)(void));

#endif
