/* Starts CPython once, at build time, and runs entry points ever after.
 *
 * `scm_boot` runs before the snapshot: it receives the bundle of bytecode as the message's argument,
 * starts the interpreter, imports the canister and remembers its entry functions.  Every exported
 * trampoline (generated, `entries.c`) then calls `scm_run` with its number.
 *
 * Bundle: u32 count, then per module u32 name size, u32 code size, u32 is_package, name with its
 * terminating zero, marshalled code.  Little-endian.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "ic0.h"
#include "entries.h"
#include "memory.h"
#include "python_start.h"

void scm_flush(void); /* engine.c */

int scm_booted = 0;

static PyObject *entry_functions; /* A tuple, in the order of the trampolines. */
static PyObject *describe_fault;  /* scm.runtime.fault.describe */

/* Log the whole traceback, then trap with its last line. */
static _Noreturn void trap_with_exception(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    PyObject *texts = describe_fault ? PyObject_CallOneArg(describe_fault, value) : NULL;
    if (texts == NULL || !PyTuple_Check(texts) || PyTuple_GET_SIZE(texts) != 2)
        scm_trap(type ? ((PyTypeObject *)type)->tp_name : "unknown exception");
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(texts, 0), &size);
    if (text != NULL)
        ic0_debug_print(text, (uint32_t)size);
    text = PyUnicode_AsUTF8AndSize(PyTuple_GET_ITEM(texts, 1), &size);
    if (text == NULL)
        scm_trap("an exception without a text");
    ic0_trap(text, (uint32_t)size);
}

void scm_finish(char result)
{
    if (result == 2)
        trap_with_exception();
    scm_flush();
}

void scm_run_callback(uint32_t entry, uint32_t env)
{
    PyObject *number = PyLong_FromUnsignedLong(env);
    PyObject *function = PyTuple_GET_ITEM(entry_functions, entry);
    PyObject *result = number ? PyObject_CallOneArg(function, number) : NULL;
    if (result == NULL)
        trap_with_exception();
    Py_DECREF(number);
    Py_DECREF(result);
    scm_flush();
}

static void check_status(PyStatus status)
{
    if (PyStatus_Exception(status))
        scm_trap(status.err_msg ? status.err_msg : "Python did not start");
}

static uint32_t read_u32(const unsigned char **at)
{
    uint32_t value;
    memcpy(&value, *at, sizeof value);
    *at += sizeof value;
    return value;
}

/* All modules come from the bundle, the import system included: the tables that CPython was built
 * with, and the 1 MB of data behind them, are left out of the link by being defined here. */
static struct _frozen no_modules[] = {{NULL, NULL, 0, 0, NULL}};
const struct _frozen *_PyImport_FrozenBootstrap = no_modules;
const struct _frozen *_PyImport_FrozenStdlib = no_modules;
const struct _frozen *_PyImport_FrozenTest = no_modules;
const struct _frozen *PyImport_FrozenModules = NULL;

struct _module_alias { const char *name; const char *orig; };
static const struct _module_alias no_aliases[] = {{NULL, NULL}};
const struct _module_alias *_PyImport_FrozenAliases = no_aliases;

int _Py_Deepfreeze_Init(void) { return 0; }
void _Py_Deepfreeze_Fini(void) {}

/* Point CPython's table of frozen modules at the bundle, which stays in memory. */
static void freeze_bundle(const unsigned char *bundle)
{
    uint32_t count = read_u32(&bundle);
    struct _frozen *modules = calloc(count + 1, sizeof *modules);
    if (modules == NULL)
        scm_trap("no memory for the bundle");
    for (uint32_t index = 0; index < count; index++) {
        uint32_t name_size = read_u32(&bundle);
        uint32_t code_size = read_u32(&bundle);
        modules[index].is_package = (int)read_u32(&bundle);
        modules[index].name = (const char *)bundle;
        modules[index].code = bundle + name_size;
        modules[index].size = (int)code_size;
        bundle += name_size + code_size;
    }
    _PyImport_FrozenBootstrap = modules;
}

/* Bytecode that was loaded is not looked at again: as zeros it takes no room in the module. */
static void clear_loaded_modules(void)
{
    PyObject *loaded = PyImport_GetModuleDict();
    for (const struct _frozen *module = _PyImport_FrozenBootstrap; module->name != NULL; module++) {
        if (PyDict_GetItemString(loaded, module->name) != NULL)
            memset((void *)module->code, 0, (size_t)module->size);
    }
}

static void start_python(void)
{
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    check_status(Py_PreInitialize(&preconfig));
    scm_use_own_allocator();

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.pathconfig_warnings = 0;
    config.write_bytecode = 0;
    config.install_signal_handlers = 0;
    config.use_hash_seed = 1;
    config.hash_seed = 0; /* The same dict and set order on every replica. */
    config.module_search_paths_set = 1;
    check_status(PyConfig_SetString(&config, &config.program_name, L"canister"));
    check_status(PyConfig_SetString(&config, &config.home, L"/"));
    check_status(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
    scm_set_deallocs();
    scm_find_shared_ints();
}

static _Noreturn void fail_to_import(void)
{
    PyErr_Print();
    scm_trap("the canister's modules could not be imported");
}

static void import(const char *name)
{
    PyObject *module = PyImport_ImportModule(name);
    if (module == NULL)
        fail_to_import();
    Py_DECREF(module);
}

PyObject *scm_attribute_of(const char *module_name, const char *name)
{
    PyObject *module = PyImport_ImportModule(module_name);
    PyObject *value = module ? PyObject_GetAttrString(module, name) : NULL;
    if (value == NULL)
        fail_to_import();
    Py_DECREF(module);
    return value;
}

PyObject *scm_init_compiled(const char *group, int (*ensure_dependencies)(void),
                            PyObject *(*init)(void))
{
    PyObject *module = PyImport_ImportModule(group);
    /* mypyc derives its modules' `__file__` from their shared library's: there is none. */
    if (module == NULL || PyObject_SetAttrString(module, "__file__", Py_None) < 0)
        return NULL;
    Py_DECREF(module);
    return ensure_dependencies() < 0 ? NULL : init();
}

extern void _initialize(void); /* wasi-libc: constructors. */

__attribute__((export_name("scm_boot"))) void scm_boot(void)
{
    _initialize();
    uint32_t size = ic0_msg_arg_data_size();
    unsigned char *bundle = malloc(size);
    if (bundle == NULL)
        scm_trap("no memory for the bundle");
    ic0_msg_arg_data_copy(bundle, 0, size);
    freeze_bundle(bundle);
    start_python();
    scm_forbid_waiting();
    describe_fault = scm_attribute_of("scm.runtime.fault", "describe");
    entry_functions = scm_attribute_of("scm_entry", "ENTRIES");
    if (!PyTuple_Check(entry_functions) || PyTuple_GET_SIZE(entry_functions) != scm_entry_count)
        scm_trap("the entry table does not match the trampolines");
    /* Modules that are imported late, in functions, too: their bodies are not in the module. */
    for (const char *const *name = scm_modules_to_import; *name != NULL; name++)
        import(*name);
    scm_make_copyable();
    clear_loaded_modules();
    /* What exists now lives for good: the collector need never walk (or write to) it again. */
    PyGC_Collect();
    PyObject *freeze = scm_attribute_of("gc", "freeze");
    Py_XDECREF(PyObject_CallNoArgs(freeze));
    Py_DECREF(freeze);
    scm_booted = 1;
}
