// hardtack-relay HOST PORT: carries one connection between standard input, which is a socket, and a service.
//
// QEMU starts one for each connection of a guest to a service that `hardtack boot --reach` named (libslirp's
// `guestfwd=…-cmd:`), so it is small: it starts within a millisecond and holds 100 kB. Standard output and error are the
// same socket as the input, so nothing is ever said: the exit code alone tells, and nobody reads it.
//
// Each direction ends by itself, as TCP has it. Where either side is reset, or the service can't be reached, the guest's
// connection is reset too. Without arguments it does nothing, to show that it can be run.

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

// What a side may take to accept a connection, and how long one direction may stay silent once the other has ended:
// a guest that is killed ends its direction and is never heard of again.
enum { CONNECT_MS = 10000, HALF_CLOSED_MS = 300000 };

struct direction {
  int from, to;
  size_t start, end;
  // The sender has ended; the receiver has been told so.
  int ended, told;
  char bytes[64 << 10];
};

static struct direction outward, inward;

static void set(int socket, int level, int option, const void *value, socklen_t length) {
  // Best effort: a socket that doesn't know the option carries bytes all the same.
  (void)setsockopt(socket, level, option, value, length);
}

static void prepare(int socket) {
  int on = 1;
  fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
  set(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// Ends both connections as broken ones, so that neither takes what came so far for all.
static int reset(int service) {
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  set(0, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  if (service >= 0) set(service, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  return 1;
}

static int connect_to(const char *host, const char *port) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
  for (struct addrinfo *entry = found; entry; entry = entry->ai_next) {
    int service = socket(entry->ai_family, entry->ai_socktype | SOCK_CLOEXEC, entry->ai_protocol);
    if (service < 0) continue;
    prepare(service);
    int outcome = connect(service, entry->ai_addr, entry->ai_addrlen);
    if (outcome != 0 && errno == EINPROGRESS) {
      struct pollfd wait = {.fd = service, .events = POLLOUT};
      int failure = ETIMEDOUT;
      socklen_t length = sizeof failure;
      if (poll(&wait, 1, CONNECT_MS) == 1) getsockopt(service, SOL_SOCKET, SO_ERROR, &failure, &length);
      outcome = failure;
    }
    if (outcome == 0) {
      int on = 1;
      // A service whose machine has gone is found out, though nobody sends.
      set(service, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      freeaddrinfo(found);
      return service;
    }
    close(service);
  }
  freeaddrinfo(found);
  return -1;
}

static int is_passing(void) { return errno == EAGAIN || errno == EINTR; }

// Moves what can be moved without waiting. Returns 0, or -1 where a side is broken.
static int move(struct direction *way) {
  if (!way->ended && way->start == way->end) {
    ssize_t count = recv(way->from, way->bytes, sizeof way->bytes, 0);
    if (count < 0 && !is_passing()) return -1;
    if (count == 0) way->ended = 1;
    way->start = 0;
    way->end = count > 0 ? (size_t)count : 0;
  }
  if (way->start < way->end) {
    ssize_t count = send(way->to, way->bytes + way->start, way->end - way->start, MSG_NOSIGNAL);
    if (count < 0 && !is_passing()) return -1;
    if (count > 0) way->start += (size_t)count;
  }
  if (way->ended && way->start == way->end && !way->told) {
    // The receiver may have gone meanwhile, which its own direction tells.
    (void)shutdown(way->to, SHUT_WR);
    way->told = 1;
  }
  return 0;
}

static short wanted(const struct direction *way, int socket) {
  if (way->start < way->end) return way->to == socket ? POLLOUT : 0;
  return way->from == socket && !way->ended ? POLLIN : 0;
}

int main(int count, char **arguments) {
  if (count != 3) return count == 1 ? 0 : 64;
  signal(SIGPIPE, SIG_IGN);
  int service = connect_to(arguments[1], arguments[2]);
  if (service < 0) return reset(-1);
  prepare(0);
  // Only one descriptor may hold the guest's connection, for it ends with the last.
  close(1);
  close(2);
  outward.from = inward.to = 0;
  outward.to = inward.from = service;
  while (!outward.told || !inward.told) {
    struct pollfd sides[2] = {{.fd = 0}, {.fd = service}};
    for (int side = 0; side < 2; side++) {
      sides[side].events = (short)(wanted(&outward, sides[side].fd) | wanted(&inward, sides[side].fd));
      // poll(2) tells of a side's end whether asked or not, and would do so without pause.
      if (sides[side].events == 0) sides[side].fd = -1;
    }
    int ready = poll(sides, 2, outward.told || inward.told ? HALF_CLOSED_MS : -1);
    if (ready == 0) return reset(service);
    if (ready < 0 && errno != EINTR) return reset(service);
    if (move(&outward) != 0 || move(&inward) != 0) return reset(service);
  }
  return 0;
}
