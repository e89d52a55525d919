/* What the boot does to CPython once it runs, before the snapshot is made. */
#pragma once

#include <Python.h>

/* Import a module and return an attribute of it; a boot that can't ends. */
PyObject *scm_attribute_of(const char *module_name, const char *name);

void scm_forbid_waiting(void); /* waiting.c */
void scm_make_copyable(void);  /* copying.c; when all modules are imported */
void scm_set_deallocs(void);   /* dealloc.c */
void scm_find_shared_ints(void); /* python_objects.c */
