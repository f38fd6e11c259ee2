#define _GNU_SOURCE
#include "CSandbox.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// Programs read the clock without a system call, by functions that the kernel maps into each (vdso(7)). Those of the sandbox get
// others written over them, which make the call: a program's private copy, as a debugger's breakpoint is.
static const struct {
  const char *name;
  int number;
} functions[] = {
#if defined(__x86_64__)
    {"__vdso_clock_gettime", SYS_clock_gettime},
    {"__vdso_gettimeofday", SYS_gettimeofday},
    {"__vdso_time", SYS_time},
#else
    {"__kernel_clock_gettime", SYS_clock_gettime},
    {"__kernel_gettimeofday", SYS_gettimeofday},
#endif
};

// A function that makes the call and returns what it returns; its size in bytes.
static size_t write_function(unsigned char *code, int number) {
#if defined(__x86_64__)
  // mov eax, number; syscall; ret
  const unsigned char text[] = {0xb8, number & 0xff, number >> 8 & 0xff, 0, 0, 0x0f, 0x05, 0xc3};
#else
  // mov x8, number; svc 0; ret
  const uint32_t text[] = {0xd2800008u | (uint32_t)number << 5, 0xd4000001u, 0xd65f03c0u};
#endif
  memcpy(code, text, sizeof text);
  return sizeof text;
}

// Where the functions are mapped in a process: 0 where they aren't, -1 with errno set where that can't be read.
static int64_t mapped_at(pid_t process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/auxv", (int)process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  uint64_t entries[128];
  ssize_t count = read(file, entries, sizeof entries);
  close(file);
  if (count < 0) return -1;
  for (size_t i = 0; i + 1 < (size_t)count / sizeof *entries; i += 2)
    if (entries[i] == AT_SYSINFO_EHDR) return (int64_t)entries[i + 1];
  return 0;
}

static int write_functions(pid_t process) {
  int64_t base = mapped_at(process);
  if (base <= 0) return (int)base;
  // The kernel maps the same into this process.
  void *own = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
  uintptr_t start = getauxval(AT_SYSINFO_EHDR);
  if (!own || !start) {
    errno = ENOSYS;
    return -1;
  }
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)process);
  int memory = open(path, O_WRONLY | O_CLOEXEC);
  int failed = memory < 0;
  for (size_t i = 0; i < sizeof functions / sizeof *functions && !failed; i++) {
    uintptr_t place = (uintptr_t)dlsym(own, functions[i].name);
    unsigned char code[16];
    size_t size = write_function(code, functions[i].number);
    if (place) failed = pwrite(memory, code, size, base + (off_t)(place - start)) != (ssize_t)size;
  }
  int failure = errno;
  if (memory >= 0) close(memory);
  dlclose(own);
  errno = failure;
  return failed ? -1 : 0;
}

static void give(int listener, const struct hardtack_call *call, uint64_t address, const void *bytes, size_t size,
                 int64_t result) {
  if (address && hardtack_foreign_write(call->thread, address, bytes, size) != 0) result = -EFAULT;
  hardtack_call_answer(listener, call->id, result);
}

// Who waits until a date has computed it from the sandbox's, and the kernel compares it with the machine's. One that was brought
// nearer already isn't again.
static void bring_nearer(const struct hardtack_call *call, int64_t shift) {
  struct timespec until;
  struct iovec local = {.iov_base = &until, .iov_len = sizeof until};
  struct iovec remote = {.iov_base = (void *)(uintptr_t)call->arguments[3], .iov_len = sizeof until};
  if (!call->arguments[3] || process_vm_readv(call->thread, &local, 1, &remote, 1, 0) != sizeof until) return;
  if (until.tv_sec <= time(NULL) + shift / 2) return;
  until.tv_sec -= shift;
  hardtack_foreign_write(call->thread, call->arguments[3], &until, sizeof until);
}

int hardtack_clock_answer(int listener, const struct hardtack_call *call, int64_t shift) {
  switch (call->number) {
    case SYS_clock_gettime: {
      struct timespec now;
      clock_gettime((clockid_t)call->arguments[0], &now);
      now.tv_sec += shift;
      give(listener, call, call->arguments[1], &now, sizeof now, 0);
      return 0;
    }
    case SYS_gettimeofday: {
      struct timeval now;
      gettimeofday(&now, NULL);
      now.tv_sec += shift;
      give(listener, call, call->arguments[0], &now, sizeof now, 0);
      return 0;
    }
#if defined(__x86_64__)
    case SYS_time: {
      time_t now = time(NULL) + shift;
      give(listener, call, call->arguments[0], &now, sizeof now, now);
      return 0;
    }
#endif
    case SYS_futex:
      bring_nearer(call, shift);
      break;
    default:
      // A program has begun: set_tid_address(2), or arch_prctl(2), is what C libraries begin with.
      if (write_functions(call->thread) != 0 && errno != ENOENT && errno != ESRCH) return -1;
  }
  hardtack_call_continue(listener, call->id);
  return 0;
}
