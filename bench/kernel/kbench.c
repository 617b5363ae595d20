/*
 * The kernel's side of the TAP measurements: a client on kernel sockets that measures whatever answers at an
 * address, and a server with the same ports, so that Linux's own TCP can be measured in the same run.
 *
 *   kbench serve                              TCP echo 7, sink 5001, source 5002, UDP echo 7
 *   kbench METRIC ADDRESS SECONDS N [PID]     prints one JSON object
 *
 * METRIC: in, out (bulk to and from the stack over N connections, Gbit/s), echo, udp (octet by octet, µs),
 * connects (connect, close, per second, N at once), idle (N connections held; octets of memory each).
 * PID: the process of the stack, for its processor time and memory.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ECHO = 7, SINK = 5001, SOURCE = 5002, BLOCK = 262144, MOST = 64 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void fail(const char *what) {
  printf("{\"error\":\"%s: %s\"}\n", what, strerror(errno));
  exit(1);
}

/* Of either family: both have the port at the same place. */
static union { struct sockaddr any; struct sockaddr_in v4; struct sockaddr_in6 v6; } target;

/* A socket of the target's family, which is to call `port`. */
static int calling(int type, int port) {
  int s = socket(target.any.sa_family, type | SOCK_CLOEXEC, 0);
  if (s < 0) fail("socket");
  target.v4.sin_port = htons(port);
  return s;
}

static int call(int s) {
  return connect(s, &target.any, target.any.sa_family == AF_INET ? sizeof target.v4 : sizeof target.v6);
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

/* Processor time (s) and resident memory (octets) of a process; 0 without one. */
struct usage { double user, system, resident; };

static struct usage usage_of(int pid) {
  struct usage u = {0, 0, 0};
  char path[64], text[4096];
  if (pid == 0) return u;
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *f = fopen(path, "r");
  if (f == NULL) return u;
  size_t n = fread(text, 1, sizeof text - 1, f);
  text[n] = 0;
  fclose(f);
  unsigned long user, system;
  long pages;
  char *rest = strrchr(text, ')');
  if (rest != NULL && sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d %*d %*u %*u %ld",
                             &user, &system, &pages) == 3) {
    u.user = (double)user / sysconf(_SC_CLK_TCK);
    u.system = (double)system / sysconf(_SC_CLK_TCK);
    u.resident = (double)pages * sysconf(_SC_PAGESIZE);
  }
  return u;
}

static int connected_from(const struct sockaddr_in *source, int port) {
  int s = calling(SOCK_STREAM, port), late = 1;
  setsockopt(s, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
  if (source && bind(s, (const struct sockaddr *)source, sizeof *source)) fail("bind");
  struct timeval five = {5, 0}, none = {0, 0};
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &five, sizeof five);
  if (call(s)) fail("connect");
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
  return s;
}

static int connected(int port) { return connected_from(NULL, port); }

/* A closed socket that leaves no TIME-WAIT behind. */
static void drop(int s) {
  struct linger now_ = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &now_, sizeof now_);
  close(s);
}

/* ---- bulk ---- */

static int streams[MOST];
static volatile uint64_t received[MOST];
static volatile int over;

static void *sender(void *index) {
  char *block = malloc(BLOCK);
  memset(block, 'x', BLOCK);
  while (!over && send(streams[(intptr_t)index], block, BLOCK, MSG_NOSIGNAL) > 0) {}
  free(block);
  return NULL;
}

static void *receiver(void *index) {
  char *block = malloc(BLOCK);
  for (;;) {
    ssize_t n = over ? 0 : recv(streams[(intptr_t)index], block, BLOCK, 0);
    if (n <= 0) break;
    received[(intptr_t)index] += n;
  }
  free(block);
  return NULL;
}

/* What the stack has acknowledged, or what has come from it. */
static uint64_t moved(int in, int n) {
  uint64_t sum = 0;
  for (int i = 0; i < n; i++) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    memset(&info, 0, sizeof info);
    if (in) getsockopt(streams[i], IPPROTO_TCP, TCP_INFO, &info, &length);
    sum += in ? info.tcpi_bytes_acked : received[i];
  }
  return sum;
}

static void bulk(int in, double seconds, int n, int pid) {
  pthread_t threads[MOST];
  for (int i = 0; i < n; i++) streams[i] = connected(in ? SINK : SOURCE);
  for (int i = 0; i < n; i++) pthread_create(&threads[i], NULL, in ? sender : receiver, (void *)(intptr_t)i);
  usleep(700000); /* slow start, and the JIT */
  struct usage before = usage_of(pid);
  double began = now();
  uint64_t octets = moved(in, n);
  usleep(seconds * 1e6);
  octets = moved(in, n) - octets;
  double took = now() - began;
  struct usage after = usage_of(pid);
  struct tcp_info info;
  socklen_t length = sizeof info;
  memset(&info, 0, sizeof info);
  getsockopt(streams[0], IPPROTO_TCP, TCP_INFO, &info, &length);
  over = 1;
  for (int i = 0; i < n; i++) shutdown(streams[i], SHUT_RDWR);
  for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < n; i++) drop(streams[i]);
  double busy = after.user + after.system - before.user - before.system;
  printf("{\"value\":%.4f,\"cpuPerGB\":%.3f,\"busy\":%.2f,\"retransmits\":%u}\n", octets * 8 / took / 1e9,
         octets > 0 ? busy / (octets / 1e9) : 0, busy / took, info.tcpi_total_retrans);
}

/* ---- echo ---- */

static void echo(int udp, double seconds, int size) {
  static char octets[65536];
  struct timeval patience = {udp ? 0 : 5, udp ? 200000 : 0};
  int s, one = 1, lost = 0;
  if (udp) {
    s = calling(SOCK_DGRAM, ECHO);
    if (call(s)) fail("connect");
  } else {
    s = connected(ECHO);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  size_t most = 4000000, n = 0;
  double *times = malloc(most * sizeof *times);
  double began = now(), counting = began + 0.3, end = counting + seconds;
  for (double t = began; t < end && n < most; t = now()) {
    if (n > 0 && t < counting) n = 0;
    if (send(s, octets, size, MSG_NOSIGNAL) != size) fail("send");
    for (int got = 0; got < size;) {
      ssize_t r = recv(s, octets, sizeof octets, 0);
      if (r <= 0 && !udp) fail("recv");
      if (r <= 0 && ++lost > 20) fail("lost");
      if (r <= 0) break;
      got += r;
    }
    times[n++] = (now() - t) * 1e6;
  }
  qsort(times, n, sizeof *times, compare);
  printf("{\"value\":%.1f,\"p99\":%.1f,\"n\":%zu,\"lost\":%d}\n", n ? times[n / 2] : 0, n ? times[n * 99 / 100] : 0, n, lost);
  drop(s);
}

/* ---- connects ---- */

struct slot { int fd, closing; double began; };

static void open_slot(int set, struct slot *slots, int i) {
  int s = calling(SOCK_STREAM | SOCK_NONBLOCK, ECHO);
  if (call(s) && errno != EINPROGRESS) fail("connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = i};
  slots[i] = (struct slot){s, 0, now()};
  epoll_ctl(set, EPOLL_CTL_ADD, s, &event);
}

/* Goes on with one connection: FIN once established, done at the stack's FIN. 1: done, -1: failed, 0: wait. */
static int advance(struct slot *slot, uint32_t events) {
  char c;
  if (events & EPOLLERR) return -1;
  if (!slot->closing && (events & EPOLLOUT)) {
    shutdown(slot->fd, SHUT_WR);
    slot->closing = 1;
  }
  if (!slot->closing || !(events & (EPOLLIN | EPOLLHUP))) return 0;
  ssize_t n = recv(slot->fd, &c, 1, 0);
  return n == 0 ? 1 : n < 0 && errno == EAGAIN ? 0 : -1;
}

static void connects(double seconds, int n) {
  int set = epoll_create1(0), failed = 0;
  long done = 0;
  struct slot *slots = calloc(n, sizeof *slots);
  struct epoll_event events[256];
  double began = now(), end = began + seconds;
  for (int i = 0; i < n; i++) open_slot(set, slots, i);
  while (now() < end && failed < 2000) {
    int ready = epoll_wait(set, events, 256, 100);
    for (int j = 0; j < ready; j++) {
      int i = events[j].data.u32, outcome = advance(&slots[i], events[j].events);
      if (outcome == 0) continue;
      if (outcome > 0) done++;
      else failed++;
      close(slots[i].fd);
      open_slot(set, slots, i);
    }
  }
  double took = now() - began;
  for (int i = 0; i < n; i++) {
    if (now() - slots[i].began > 1) failed++; /* a lost SYN shows as a wait of one second */
    drop(slots[i].fd);
  }
  printf("{\"value\":%.0f,\"failed\":%d}\n", done / took, failed);
}

/* ---- idle connections ---- */

static int exchange(int s, int milliseconds) {
  char c = 'q';
  struct pollfd p = {s, POLLIN, 0};
  return send(s, &c, 1, MSG_NOSIGNAL) == 1 && poll(&p, 1, milliseconds) == 1 && recv(s, &c, 1, 0) == 1;
}

/* So many connections from one address: Linux looks long for its last ports. Further ones come from those behind the target. */
#define PER_ADDRESS 25000

static int held_connection(int i) {
  struct sockaddr_in source = target.v4;
  if (i < PER_ADDRESS) return connected(ECHO);
  source.sin_addr.s_addr = htonl(ntohl(source.sin_addr.s_addr) + i / PER_ADDRESS);
  source.sin_port = 0;
  return connected_from(&source, ECHO);
}

/* A process may have only so many files: each of several holds so many connections. */
#define PER_PROCESS 15000

/* Opens `count` connections and tells on `line` how many echo, now and when it is asked again. */
static void hold(int line, int first, int count) {
  int *held = malloc(count * sizeof *held), good = 0, alive = 0;
  char again;
  for (int i = 0; i < count; i++) {
    held[i] = held_connection(first + i);
    good += exchange(held[i], 2000);
  }
  if (write(line, &good, sizeof good) < 0 || read(line, &again, 1) != 1) _exit(1);
  for (int i = 0; i < count; i++) alive += exchange(held[i], 2000);
  for (int i = 0; i < count; i++) drop(held[i]);
  if (write(line, &alive, sizeof alive) < 0) _exit(1);
  _exit(0);
}

static int told(int line) {
  int count = 0;
  return read(line, &count, sizeof count) == sizeof count ? count : 0;
}

static void idle(int n, int pid) {
  int holders = (n + PER_PROCESS - 1) / PER_PROCESS, good = 0, alive = 0, *lines = malloc(holders * sizeof *lines);
  struct usage before = usage_of(pid);
  double began = now();
  for (int i = 0; i < holders; i++) {
    int pair[2], first = i * PER_PROCESS;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) fail("socketpair");
    if (fork() == 0) hold(pair[1], first, n - first < PER_PROCESS ? n - first : PER_PROCESS);
    close(pair[1]);
    lines[i] = pair[0];
    good += told(lines[i]);
  }
  double took = now() - began;
  usleep(3000000);
  struct usage after = usage_of(pid);
  for (int i = 0; i < holders; i++) alive += write(lines[i], "?", 1) == 1 ? told(lines[i]) : 0;
  printf("{\"value\":%.0f,\"opened\":%d,\"alive\":%d,\"seconds\":%.1f}\n", (after.resident - before.resident) / n, good,
         alive, took);
}

/* ---- Linux's own TCP as the yardstick ---- */

struct job { int fd, port; };

static void *serve_one(void *argument) {
  struct job job = *(struct job *)argument;
  free(argument);
  char *block = malloc(BLOCK);
  memset(block, 'y', BLOCK);
  for (;;) {
    ssize_t n = job.port == SOURCE ? send(job.fd, block, BLOCK, MSG_NOSIGNAL) : recv(job.fd, block, BLOCK, 0);
    if (n <= 0) break;
    if (job.port == ECHO && send(job.fd, block, n, MSG_NOSIGNAL) != n) break;
  }
  free(block);
  close(job.fd);
  return NULL;
}

static int listening(int port, int type) {
  int s = socket(AF_INET6, type, 0), one = 1; /* of both families, as long as nobody says IPV6_V6ONLY */
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (struct sockaddr *)&any, sizeof any)) fail("bind");
  if (type == SOCK_STREAM && listen(s, 4096)) fail("listen");
  return s;
}

__attribute__((noreturn)) static void *serve_bulk(void *argument) {
  int port = (intptr_t)argument, s = listening(port, SOCK_STREAM);
  pthread_t thread;
  for (;;) {
    struct job *job = malloc(sizeof *job);
    *job = (struct job){accept(s, NULL, NULL), port};
    if (job->fd < 0 || pthread_create(&thread, NULL, serve_one, job)) free(job);
    else pthread_detach(thread);
  }
}

__attribute__((noreturn)) static void *serve_udp(void *argument) {
  static char octets[65536];
  int s = listening((intptr_t)argument, SOCK_DGRAM);
  for (;;) {
    struct sockaddr_in6 from;
    socklen_t length = sizeof from;
    ssize_t n = recvfrom(s, octets, sizeof octets, 0, (struct sockaddr *)&from, &length);
    if (n >= 0) sendto(s, octets, n, 0, (struct sockaddr *)&from, length);
  }
}

/* Echo by one thread and epoll, as a server of many connections has it. */
__attribute__((noreturn)) static void serve_echo(void) {
  static char block[BLOCK];
  struct rlimit files = {1048576, 1048576};
  setrlimit(RLIMIT_NOFILE, &files);
  int s = listening(ECHO, SOCK_STREAM), set = epoll_create1(0);
  fcntl(s, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = s}, events[256];
  epoll_ctl(set, EPOLL_CTL_ADD, s, &event);
  puts("ready");
  fflush(stdout);
  for (;;) {
    int ready = epoll_wait(set, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == s) {
        while ((fd = accept4(s, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          event.data.fd = fd;
          epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
        }
        continue;
      }
      ssize_t n = recv(fd, block, BLOCK, 0);
      if (n > 0 && send(fd, block, n, MSG_NOSIGNAL) == n) continue;
      if (n == 0 || errno != EAGAIN) close(fd);
    }
  }
}

int main(int count, char **words) {
  pthread_t thread;
  if (count == 2 && !strcmp(words[1], "serve")) {
    pthread_create(&thread, NULL, serve_bulk, (void *)SINK);
    pthread_create(&thread, NULL, serve_bulk, (void *)SOURCE);
    pthread_create(&thread, NULL, serve_udp, (void *)ECHO);
    serve_echo();
  }
  if (count < 5) {
    fprintf(stderr, "kbench serve | kbench in|out|echo|udp|connects|idle ADDRESS SECONDS N [PID]\n");
    return 2;
  }
  const char *metric = words[1];
  double seconds = atof(words[3]);
  int n = atoi(words[4]), pid = count > 5 ? atoi(words[5]) : 0;
  if (inet_pton(AF_INET, words[2], &target.v4.sin_addr) == 1) target.any.sa_family = AF_INET;
  else if (inet_pton(AF_INET6, words[2], &target.v6.sin6_addr) == 1) target.any.sa_family = AF_INET6;
  else return 2;
  if (n < 1) return 2;
  if (!strcmp(metric, "in") || !strcmp(metric, "out")) bulk(!strcmp(metric, "in"), seconds, n > MOST ? MOST : n, pid);
  else if (!strcmp(metric, "echo") || !strcmp(metric, "udp")) echo(!strcmp(metric, "udp"), seconds, n);
  else if (!strcmp(metric, "connects")) connects(seconds, n);
  else if (!strcmp(metric, "idle")) idle(n, pid);
  else return 2;
  return 0;
}
