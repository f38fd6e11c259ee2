#define _GNU_SOURCE
#include "KillPoint.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

static atomic_long calls;
static long chosen;
// Zero where the process is to end.
static int failure;

__attribute__((constructor)) static void begin(void) {
  const char *kill_at = getenv("HARDTACK_KILL_AT"), *fail_at = getenv("HARDTACK_FAIL_AT");
  const char *code = getenv("HARDTACK_FAIL_WITH");
  chosen = kill_at ? atol(kill_at) : fail_at ? atol(fail_at) : 0;
  failure = kill_at || !code ? 0 : atoi(code);
  unsetenv("LD_PRELOAD");
  unsetenv("HARDTACK_KILL_AT");
  unsetenv("HARDTACK_FAIL_AT");
}

static int is_chosen(void) { return chosen > 0 && atomic_fetch_add(&calls, 1) + 1 == chosen; }

// What befalls the chosen call: the process's end, or else -1.
static int strike(void) {
  if (failure == 0) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  dprintf(2, "a call failed by order\n");
  errno = failure;
  return -1;
}

static int is_ordinary(int file) {
  struct stat information;
  return fstat(file, &information) == 0 && S_ISREG(information.st_mode);
}

// The C library's own function of this name.
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define POINT(condition) \
  if ((condition) && is_chosen()) return strike()

ssize_t write(int file, const void *bytes, size_t count) {
  if (is_ordinary(file) && is_chosen()) {
    REAL(write)(file, bytes, count / 2);
    return strike();
  }
  return REAL(write)(file, bytes, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
  if (is_ordinary(file) && is_chosen()) {
    REAL(pwrite)(file, bytes, count / 2, offset);
    return strike();
  }
  return REAL(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
  return pwrite(file, bytes, count, offset);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  POINT(is_ordinary(file));
  return REAL(writev)(file, parts, count);
}

static mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

int open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  POINT(flags & (O_CREAT | O_TRUNC));
  return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  POINT(flags & (O_CREAT | O_TRUNC));
  return REAL(open64)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = mode_of(flags, arguments);
  va_end(arguments);
  POINT(flags & (O_CREAT | O_TRUNC));
  return REAL(openat)(folder, path, flags, mode);
}

#define WRAP(result, name, parameters, arguments) \
  result name parameters { \
    POINT(1); \
    return REAL(name) arguments; \
  }

WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, symlink, (const char *target, const char *path), (target, path))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode))
WRAP(int, rmdir, (const char *path), (path))
WRAP(int, ftruncate, (int file, off_t size), (file, size))
WRAP(int, ftruncate64, (int file, off64_t size), (file, size))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(int, fchmod, (int file, mode_t mode), (file, mode))
WRAP(int, fsync, (int file), (file))
WRAP(int, fdatasync, (int file), (file))
WRAP(int, syncfs, (int file), (file))
WRAP(int, fsetxattr, (int file, const char *name, const void *value, size_t size, int flags),
     (file, name, value, size, flags))
WRAP(int, fremovexattr, (int file, const char *name), (file, name))
