#pragma once
// The sandbox's first process, between its creation and its first program. It shares this process's memory (as
// after vfork) and has nothing of Swift's runtime to rely on, so it's written in C, out of system calls alone.
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hardtack_sandbox {
  // The folder that holds `root`, an empty folder where the tree is mounted, and what `overlay` names.
  const char *scratch;
  // The options of the overlay, its folders relative to `scratch`.
  const char *overlay;
  // Files of the image that do nothing, relative to its root; ends with NULL.
  char *const *muted;
  // Where the program starts, in the image.
  const char *folder;
  // Of /bin/sh in the image; both end with NULL.
  char *const *arguments;
  char *const *environment;
  // Descriptors that become standard input, and standard output and error.
  int input, output;
  // A connected socket that the seccomp listener is sent through.
  int channel;
  // How far the date is to be from the machine's, in seconds; where it's 0, no call of it waits.
  int64_t clock_shift;
  // This process, as a pidfd, while the set-up runs.
  int owner;
  // Where the set-up failed: what could not be done, and errno.
  const char *failed;
  int error;
};

// Starts /bin/sh of the image in fresh mount, pid, ipc, uts and network namespaces, as their process 1; it's killed
// when the calling thread ends. Every getdents64(2) in there waits for an answer through the listener.
// Returns the process's pidfd, or -1 with errno set. The set-up may have failed although it was started.
int hardtack_sandbox_start(struct hardtack_sandbox *sandbox);

// The listener that was sent through `channel`, or -1 with errno set.
int hardtack_sandbox_listener(int channel);

// A call that waits for its answer.
struct hardtack_call {
  uint64_t id;
  // The calling thread, as this process sees it.
  pid_t thread;
  int number;
  uint64_t arguments[6];
};

// Waits for a call; 0, or -1 with errno set: ENOENT where the caller died meanwhile.
int hardtack_call_receive(int listener, struct hardtack_call *call);
// Answers it with `result`: what the call is to return, or a negated errno. 0, or -1 with errno set.
int hardtack_call_answer(int listener, uint64_t id, int64_t result);
// Lets the kernel carry it out. 0, or -1 with errno set.
int hardtack_call_continue(int listener, uint64_t id);
// Whether it's getdents64(2).
bool hardtack_call_is_of_folder(const struct hardtack_call *call);
// Answers any other call, with a date that is `shift` seconds from the machine's. 0, also where the caller died meanwhile; -1 with
// errno set where its program can't be kept from reading the machine's own date.
int hardtack_clock_answer(int listener, const struct hardtack_call *call, int64_t shift);

// A descriptor of the process that `thread` belongs to, made one of this process. -1 with errno set where it failed.
int hardtack_foreign_descriptor(pid_t thread, int descriptor);
// Copies bytes into the memory of another process. 0, or -1 with errno set.
int hardtack_foreign_write(pid_t thread, uint64_t address, const void *bytes, size_t count);

// Sends SIGKILL to the process of a pidfd.
void hardtack_pidfd_kill(int pidfd);
// Waits for the process of a pidfd to end; its exit code, or 128 and the signal that ended it. -1 with errno set.
int hardtack_pidfd_wait(int pidfd);
