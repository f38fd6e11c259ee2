#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#error "no such architecture"
#endif

// Ends the set-up unless `call` went well. Memory is shared, so what is noted here is seen by who started it.
#define REQUIRE(call, what)     \
  do {                          \
    if ((call) < 0) {           \
      sandbox->failed = (what); \
      sandbox->error = errno;   \
      _exit(125);               \
    }                           \
  } while (0)

static int make_folder(const char *path, mode_t mode) {
  // A link of the image's must not lead a mount out of its tree.
  struct stat found;
  if (lstat(path, &found) == 0) {
    if (S_ISDIR(found.st_mode)) return 0;
    errno = ENOTDIR;
    return -1;
  }
  return mkdir(path, mode);
}

static int make_file(const char *path, const char *text, mode_t mode) {
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return -1;
  size_t length = strlen(text);
  int ok = write(file, text, length) == (ssize_t)length;
  return close(file) == 0 && ok ? 0 : -1;
}

static int raise_loopback(void) {
  int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return -1;
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int result = ioctl(handle, SIOCSIFFLAGS, &request);
  close(handle);
  return result;
}

static const struct {
  const char *name, *place, *device, *target;
} devices[] = {
    {"/dev/null", "dev/null", "/dev/null", NULL},       {"/dev/zero", "dev/zero", "/dev/zero", NULL},
    {"/dev/full", "dev/full", "/dev/full", NULL},       {"/dev/random", "dev/random", "/dev/random", NULL},
    {"/dev/urandom", "dev/urandom", "/dev/urandom", NULL}, {"/dev/tty", "dev/tty", "/dev/tty", NULL},
    {"/dev/fd", "dev/fd", NULL, "/proc/self/fd"},       {"/dev/stdin", "dev/stdin", NULL, "/proc/self/fd/0"},
    {"/dev/stdout", "dev/stdout", NULL, "/proc/self/fd/1"}, {"/dev/stderr", "dev/stderr", NULL, "/proc/self/fd/2"},
};

static void fill_devices(struct hardtack_sandbox *sandbox) {
  for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
    if (devices[i].target) {
      REQUIRE(symlink(devices[i].target, devices[i].place), devices[i].name);
    } else {
      REQUIRE(make_file(devices[i].place, "", 0666), devices[i].name);
      REQUIRE(mount(devices[i].device, devices[i].place, NULL, MS_BIND, NULL), devices[i].name);
    }
  }
  REQUIRE(mkdir("dev/shm", 01777), "/dev/shm");
  REQUIRE(chmod("dev/shm", 01777), "/dev/shm");
}

static void mount_tree(struct hardtack_sandbox *sandbox) {
  REQUIRE(
      mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
      "the mounts cannot be made private (a chroot's root has to be a mount)");
  REQUIRE(chdir(sandbox->scratch), "no scratch folder");
  REQUIRE(mount("overlay", "root", "overlay", 0, sandbox->overlay), "the overlay cannot be mounted");
  REQUIRE(chdir("root"), "the overlay cannot be entered");
  static const char *const folders[] = {"proc", "sys", "dev", "run", "tmp"};
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) REQUIRE(make_folder(folders[i], 0755), folders[i]);
  REQUIRE(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/proc cannot be mounted");
  REQUIRE(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755"), "/dev cannot be mounted");
  REQUIRE(mount("tmpfs", "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"), "/run cannot be mounted");
  REQUIRE(mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"), "/tmp cannot be mounted");
  fill_devices(sandbox);
  REQUIRE(make_file("run/muted", "#!/bin/sh\nexit 0\n", 0755), "/run/muted");
  for (char *const *name = sandbox->muted; *name; name++)
    if (access(*name, F_OK) == 0) REQUIRE(mount("run/muted", *name, NULL, MS_BIND, NULL), *name);
  REQUIRE(sethostname("localhost", 9), "the host name cannot be set");
  REQUIRE(raise_loopback(), "loopback cannot be set up");
  REQUIRE(chroot("."), "the tree cannot be entered");
  REQUIRE(chdir(sandbox->folder), sandbox->folder);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// From the instruction `here` on to one of two others.
#define JUMP(how, value, here, yes, no) BPF_JUMP(BPF_JMP | (how) | BPF_K, value, (yes) - (here) - 1, (no) - (here) - 1)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

// Has every getdents64 wait for an answer, and with another date what asks for the date or shows that a program has begun. Another
// architecture's calls, and other calls, pass.
static int listen_to_calls(int64_t clock_shift) {
#if defined(__x86_64__)
  enum { SECONDS = SYS_time, BEGIN = SYS_arch_prctl };
#else
  enum { SECONDS = SYS_gettimeofday, BEGIN = SYS_set_tid_address };
#endif
  enum { CLOCK = 10, FUTEX = 14, WAIT = 16, PASS = 17 };
  struct sock_filter filter[] = {
      LOAD(arch),
      JUMP(BPF_JEQ, NATIVE, 1, 2, PASS),
      LOAD(nr),
      JUMP(BPF_JEQ, SYS_getdents64, 3, WAIT, clock_shift ? 4 : PASS),
      JUMP(BPF_JEQ, SYS_set_tid_address, 4, WAIT, 5),
      JUMP(BPF_JEQ, SYS_gettimeofday, 5, WAIT, 6),
      JUMP(BPF_JEQ, SECONDS, 6, WAIT, 7),
      JUMP(BPF_JEQ, BEGIN, 7, WAIT, 8),
      JUMP(BPF_JEQ, SYS_futex, 8, FUTEX, 9),
      JUMP(BPF_JEQ, SYS_clock_gettime, 9, CLOCK, PASS),
      LOAD(args[0]),
      JUMP(BPF_JEQ, CLOCK_REALTIME, 11, WAIT, 12),
      JUMP(BPF_JEQ, CLOCK_REALTIME_COARSE, 12, WAIT, 13),
      JUMP(BPF_JEQ, CLOCK_TAI, 13, WAIT, PASS),
      LOAD(args[1]),
      JUMP(BPF_JSET, FUTEX_CLOCK_REALTIME, 15, WAIT, PASS),
      RETURN(SECCOMP_RET_USER_NOTIF),
      RETURN(SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
  int listener = (int)syscall(
      SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  // Linux before 5.19 doesn't know the last flag.
  if (listener < 0 && errno == EINVAL)
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  return listener;
}

static int send_descriptor(int channel, int descriptor) {
  char byte = 0;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  return sendmsg(channel, &message, 0) == 1 ? 0 : -1;
}

int hardtack_sandbox_listener(int channel) {
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_type != SCM_RIGHTS) {
    errno = EPROTO;
    return -1;
  }
  int descriptor;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

// Dies with the process of the pidfd `owner`, also where it has died already.
static int follow(int owner) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  struct pollfd state = {.fd = owner, .events = POLLIN};
  if (poll(&state, 1, 0) == 0) return 0;
  errno = ESRCH;
  return -1;
}

static int run(void *argument) {
  struct hardtack_sandbox *sandbox = argument;
  REQUIRE(follow(sandbox->owner), "the sandbox cannot be tied to its owner");
  // Ctrl-C is for the one who started the sandbox.
  REQUIRE(setsid(), "no session can be begun");
  umask(022);
  mount_tree(sandbox);
  REQUIRE(dup2(sandbox->input, 0), "standard input");
  REQUIRE(dup2(sandbox->output, 1), "standard output");
  REQUIRE(dup2(sandbox->output, 2), "standard error");
  int listener = listen_to_calls(sandbox->clock_shift);
  REQUIRE(listener, "folders cannot be put in order: seccomp refuses a listener");
  REQUIRE(send_descriptor(sandbox->channel, listener), "the listener cannot be sent");
  // Whatever a library opened without thinking of programs that are started.
  syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve("/bin/sh", sandbox->arguments, sandbox->environment);
  REQUIRE(-1, "/bin/sh of the image cannot be run");
  return 125;
}

int hardtack_sandbox_start(struct hardtack_sandbox *sandbox) {
  const size_t size = 256 << 10;
  char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -1;
  sandbox->owner = (int)syscall(SYS_pidfd_open, getpid(), 0);
  if (sandbox->owner < 0) {
    int failure = errno;
    munmap(stack, size);
    errno = failure;
    return -1;
  }
  // No handler of this process may run in the other one, which shares its memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  int pidfd = -1;
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                    CLONE_NEWNET | SIGCHLD;
  pid_t pid = clone(run, stack + size, flags, sandbox, &pidfd);
  int failure = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, size);
  close(sandbox->owner);
  errno = failure;
  return pid < 0 ? -1 : pidfd;
}
