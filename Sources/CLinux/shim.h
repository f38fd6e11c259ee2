#pragma once
// What the kernel and the C library offer and Swift's Glibc module leaves out, or can't call because
// it's a macro or variadic. Nothing is decided here.
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

// Opens `path` below the folder `dirfd`, links resolved as if that folder were the root.
// Returns the descriptor, or -1 with errno set.
static inline int hardtack_open_in_root(int dirfd, const char *path, uint64_t flags, uint64_t mode) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

static inline uint64_t hardtack_makedev(uint32_t major, uint32_t minor) { return makedev(major, minor); }
static inline uint32_t hardtack_major(uint64_t device) { return major(device); }
static inline uint32_t hardtack_minor(uint64_t device) { return minor(device); }

// Declared by the C library only with _GNU_SOURCE, which Swift's modules are built without.
// Writes everything of the file system that `fd` lies on to the disk; 0, or -1 with errno set.
extern int syncfs(int fd);

// A pipe whose ends no program started meanwhile inherits (O_CLOEXEC); 0, or -1 with errno set.
extern int pipe2(int ends[2], int flags);

// An anonymous file in memory, closed when a program is executed; its descriptor, or -1 with errno set.
static inline int hardtack_memory_file(const char *name) {
  return (int)syscall(SYS_memfd_create, name, 1u /* MFD_CLOEXEC */);
}

// Declared by the C library only with _GNU_SOURCE. Reads records of `struct linux_dirent64` from a folder; their
// bytes, 0 at the end, or -1 with errno set.
extern ssize_t getdents64(int fd, void *buffer, size_t size);

// Takes room on the disk for the first `length` bytes of a file and leaves its size as it is; 0, or -1 with errno set.
static inline int hardtack_reserve(int fd, int64_t length) {
  return (int)syscall(SYS_fallocate, fd, 1 /* FALLOC_FL_KEEP_SIZE */, (int64_t)0, length);
}

// A timer of the monotonic clock that can be waited for like a socket; its descriptor, or -1 with errno set. <sys/timerfd.h>
// would make `struct timespec` this module's, not Glibc's.
static inline int hardtack_timer(void) {
  return (int)syscall(SYS_timerfd_create, 1 /* CLOCK_MONOTONIC */, 02004000 /* TFD_CLOEXEC | TFD_NONBLOCK */);
}

// Has `timer` be ready from that time of its clock on; 0, or -1 with errno set.
static inline int hardtack_timer_set(int timer, int64_t seconds, int64_t nanoseconds) {
  long value[4] = {0, 0, (long)seconds, (long)nanoseconds};  // struct itimerspec
  return (int)syscall(SYS_timerfd_settime, timer, 1 /* TFD_TIMER_ABSTIME */, value, (void *)0);
}

// A descriptor of this process for what `fd` is in the process `pid`; it's closed when a program is executed. Returns it, or -1 with
// errno set: EPERM where this process may not trace that one (ptrace(2)). Linux 5.6.
static inline int hardtack_descriptor_of(int pid, int fd) {
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) return -1;
  int own = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
  int failure = errno;
  close(process);
  errno = failure;
  return own;
}
