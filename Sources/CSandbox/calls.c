#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// A kernel newer than these headers may have more to say than their structures hold.
enum { ROOM = 1024 };

int hardtack_call_receive(int listener, struct hardtack_call *call) {
  union {
    struct seccomp_notif notification;
    char room[ROOM];
  } received;
  memset(&received, 0, sizeof received);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received) < 0) return -1;
  call->id = received.notification.id;
  call->thread = (pid_t)received.notification.pid;
  call->number = received.notification.data.nr;
  for (int i = 0; i < 6; i++) call->arguments[i] = received.notification.data.args[i];
  return 0;
}

static int answer(int listener, struct seccomp_notif_resp response) {
  union {
    struct seccomp_notif_resp response;
    char room[ROOM];
  } sent;
  memset(&sent, 0, sizeof sent);
  sent.response = response;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &sent) < 0 ? -1 : 0;
}

int hardtack_call_answer(int listener, uint64_t id, int64_t result) {
  struct seccomp_notif_resp response = {.id = id};
  if (result < 0) {
    response.error = (int32_t)result;
  } else {
    response.val = result;
  }
  return answer(listener, response);
}

int hardtack_call_continue(int listener, uint64_t id) {
  return answer(
      listener, (struct seccomp_notif_resp){.id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE});
}

bool hardtack_call_is_of_folder(const struct hardtack_call *call) { return call->number == SYS_getdents64; }

// The process that a thread belongs to, or -1.
static pid_t process_of(pid_t thread) {
  char path[64], text[4096];
  snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count < 0) return -1;
  text[count] = 0;
  const char *line = strstr(text, "\nTgid:");
  return line ? (pid_t)strtol(line + 6, NULL, 10) : -1;
}

int hardtack_foreign_descriptor(pid_t thread, int descriptor) {
  int process = (int)syscall(SYS_pidfd_open, thread, 0);
  // A pidfd names a process, not one of its other threads.
  if (process < 0) process = (int)syscall(SYS_pidfd_open, process_of(thread), 0);
  if (process < 0) return -1;
  int result = (int)syscall(SYS_pidfd_getfd, process, descriptor, 0);
  int failure = errno;
  close(process);
  errno = failure;
  return result;
}

int hardtack_foreign_write(pid_t thread, uint64_t address, const void *bytes, size_t count) {
  if (count == 0) return 0;
  struct iovec local = {.iov_base = (void *)bytes, .iov_len = count};
  struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = count};
  ssize_t written = process_vm_writev(thread, &local, 1, &remote, 1, 0);
  if (written >= 0 && (size_t)written != count) errno = EFAULT;
  return written >= 0 && (size_t)written == count ? 0 : -1;
}

void hardtack_pidfd_kill(int pidfd) { syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0); }

int hardtack_pidfd_wait(int pidfd) {
  siginfo_t information;
  while (waitid(P_PIDFD, (id_t)pidfd, &information, WEXITED) < 0)
    if (errno != EINTR) return -1;
  return information.si_code == CLD_EXITED ? information.si_status : 128 + information.si_status;
}
