/* What wasi-libc asks of its host, answered inside the canister: no file, no clock but the IC's.
 *
 * Defining `__imported_wasi_snapshot_preview1_*` ourselves removes every WASI import.  File
 * descriptors 0 to 2 are character devices, so that Python opens its standard streams and flushes
 * at line ends; 1 and 2 go to the canister's log.  Nothing else can be opened.
 */
#include <stdint.h>
#include <string.h>

#include "ic0.h"

#define WASI(name) __imported_wasi_snapshot_preview1_##name

enum { SUCCESS = 0, BAD_DESCRIPTOR = 8, NO_ENTRY = 44, NOT_SUPPORTED = 58, NOT_SEEKABLE = 70 };
enum { CHARACTER_DEVICE = 2, STREAMS = 3 };
enum { LINE_BYTES_MAX = 4096 };

typedef struct { uint32_t data; uint32_t size; } io_vector;

/* Refuse with the name, for calls that no supported program makes. */
#define UNSUPPORTED(name, ...)                                                                     \
    int32_t WASI(name)(__VA_ARGS__) { return NOT_SUPPORTED; }

static char line[LINE_BYTES_MAX];
static uint32_t line_size;

static void flush_line(void)
{
    ic0_debug_print(line, line_size);
    line_size = 0;
}

static void write_bytes(const char *bytes, uint32_t size)
{
    for (uint32_t index = 0; index < size; index++) {
        if (bytes[index] == '\n') {
            flush_line();
            continue;
        }
        if (line_size == LINE_BYTES_MAX)
            flush_line();
        line[line_size++] = bytes[index];
    }
}

int32_t WASI(fd_write)(int32_t fd, int32_t vectors, int32_t count, int32_t written)
{
    if (fd != 1 && fd != 2)
        return BAD_DESCRIPTOR;
    uint32_t total = 0;
    const io_vector *vector = (const io_vector *)vectors;
    for (int32_t index = 0; index < count; index++) {
        write_bytes((const char *)vector[index].data, vector[index].size);
        total += vector[index].size;
    }
    *(uint32_t *)written = total;
    return SUCCESS;
}

int32_t WASI(fd_read)(int32_t fd, int32_t vectors, int32_t count, int32_t size)
{
    if (fd != 0)
        return BAD_DESCRIPTOR;
    *(uint32_t *)size = 0; /* End of file. */
    return SUCCESS;
}

int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t result)
{
    if (fd < 0 || fd >= STREAMS)
        return BAD_DESCRIPTOR;
    memset((void *)result, 0, 24);
    *(uint8_t *)result = CHARACTER_DEVICE;
    return SUCCESS;
}

int32_t WASI(fd_filestat_get)(int32_t fd, int32_t result)
{
    if (fd < 0 || fd >= STREAMS)
        return BAD_DESCRIPTOR;
    memset((void *)result, 0, 64);
    *((uint8_t *)result + 16) = CHARACTER_DEVICE;
    return SUCCESS;
}

int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t result)
{
    return fd >= 0 && fd < STREAMS ? NOT_SEEKABLE : BAD_DESCRIPTOR;
}

int32_t WASI(fd_tell)(int32_t fd, int32_t result)
{
    return fd >= 0 && fd < STREAMS ? NOT_SEEKABLE : BAD_DESCRIPTOR;
}

int32_t WASI(fd_close)(int32_t fd) { return SUCCESS; }
int32_t WASI(fd_sync)(int32_t fd) { return SUCCESS; }
int32_t WASI(fd_datasync)(int32_t fd) { return SUCCESS; }
int32_t WASI(fd_prestat_get)(int32_t fd, int32_t result) { return BAD_DESCRIPTOR; }

int32_t WASI(environ_sizes_get)(int32_t count, int32_t size)
{
    *(uint32_t *)count = 0;
    *(uint32_t *)size = 0;
    return SUCCESS;
}

int32_t WASI(environ_get)(int32_t entries, int32_t buffer) { return SUCCESS; }

int32_t WASI(args_sizes_get)(int32_t count, int32_t size)
{
    *(uint32_t *)count = 0;
    *(uint32_t *)size = 0;
    return SUCCESS;
}

int32_t WASI(args_get)(int32_t entries, int32_t buffer) { return SUCCESS; }

int32_t WASI(clock_res_get)(int32_t clock, int32_t result)
{
    *(uint64_t *)result = 1;
    return SUCCESS;
}

/* The IC's time, the same for all clocks; 0 while booting, where there is no message. */
int32_t WASI(clock_time_get)(int32_t clock, int64_t precision, int32_t result)
{
    *(uint64_t *)result = scm_booted ? ic0_time() : 0;
    return SUCCESS;
}

/* Deterministic numbers (SplitMix64), as every replica must compute the same: no secrets here. */
int32_t WASI(random_get)(int32_t buffer, int32_t size)
{
    static uint64_t state = 0x73636d;
    for (int32_t index = 0; index < size; index++) {
        uint64_t mixed = state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        ((uint8_t *)buffer)[index] = (uint8_t)(mixed ^ (mixed >> 31));
    }
    return SUCCESS;
}

int32_t WASI(sched_yield)(void) { return SUCCESS; }

_Noreturn void WASI(proc_exit)(int32_t status) { scm_trap("Python ended the process"); }

int32_t WASI(path_open)(int32_t fd, int32_t flags, int32_t path, int32_t path_size, int32_t open,
                        int64_t rights, int64_t inherited, int32_t fd_flags, int32_t result)
{
    return NO_ENTRY;
}

int32_t WASI(path_filestat_get)(int32_t fd, int32_t flags, int32_t path, int32_t size,
                                int32_t result)
{
    return NO_ENTRY;
}

int32_t WASI(path_readlink)(int32_t fd, int32_t path, int32_t path_size, int32_t buffer,
                            int32_t size, int32_t result)
{
    return NO_ENTRY;
}

UNSUPPORTED(fd_prestat_dir_name, int32_t fd, int32_t path, int32_t size)
UNSUPPORTED(fd_advise, int32_t fd, int64_t offset, int64_t size, int32_t advice)
UNSUPPORTED(fd_allocate, int32_t fd, int64_t offset, int64_t size)
UNSUPPORTED(fd_fdstat_set_flags, int32_t fd, int32_t flags)
UNSUPPORTED(fd_fdstat_set_rights, int32_t fd, int64_t base, int64_t inherited)
UNSUPPORTED(fd_filestat_set_size, int32_t fd, int64_t size)
UNSUPPORTED(fd_filestat_set_times, int32_t fd, int64_t access, int64_t change, int32_t flags)
UNSUPPORTED(fd_pread, int32_t fd, int32_t vectors, int32_t count, int64_t offset, int32_t size)
UNSUPPORTED(fd_pwrite, int32_t fd, int32_t vectors, int32_t count, int64_t offset, int32_t size)
UNSUPPORTED(fd_readdir, int32_t fd, int32_t buffer, int32_t size, int64_t cookie, int32_t used)
UNSUPPORTED(fd_renumber, int32_t from, int32_t to)
UNSUPPORTED(path_create_directory, int32_t fd, int32_t path, int32_t size)
UNSUPPORTED(path_filestat_set_times, int32_t fd, int32_t flags, int32_t path, int32_t size,
            int64_t access, int64_t change, int32_t which)
UNSUPPORTED(path_link, int32_t from, int32_t flags, int32_t path, int32_t size, int32_t to,
            int32_t new_path, int32_t new_size)
UNSUPPORTED(path_remove_directory, int32_t fd, int32_t path, int32_t size)
UNSUPPORTED(path_rename, int32_t fd, int32_t path, int32_t size, int32_t to, int32_t new_path,
            int32_t new_size)
UNSUPPORTED(path_symlink, int32_t path, int32_t size, int32_t fd, int32_t new_path,
            int32_t new_size)
UNSUPPORTED(path_unlink_file, int32_t fd, int32_t path, int32_t size)
UNSUPPORTED(poll_oneoff, int32_t in, int32_t out, int32_t count, int32_t result)
UNSUPPORTED(sock_accept, int32_t fd, int32_t flags, int32_t result)
UNSUPPORTED(sock_recv, int32_t fd, int32_t vectors, int32_t count, int32_t flags, int32_t size,
            int32_t result)
UNSUPPORTED(sock_send, int32_t fd, int32_t vectors, int32_t count, int32_t flags, int32_t size)
UNSUPPORTED(sock_shutdown, int32_t fd, int32_t how)
