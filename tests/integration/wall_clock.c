// SPDX-License-Identifier: Apache-2.0
// For LD_PRELOAD: the wall clock of one process, off by what the file in $BERTH_TEST_WALL_CLOCK says, in
// nanoseconds (int64_t), at any time. Who waits until a time of the wall clock (futex(2), by syscall(3)) ends.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t* offset;
static long (*next_syscall)(long, ...);

__attribute__((constructor)) static void Open(void) {
  const char* path = getenv("BERTH_TEST_WALL_CLOCK");
  const int fd = open(path != NULL ? path : "", O_RDONLY | O_CLOEXEC);
  void* map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) {
    offset = map;
  }
  if (fd >= 0) {
    close(fd);
  }
}

long syscall(long number, ...) {
  va_list list;
  long a[6];
  va_start(list, number);
  for (int i = 0; i < 6; ++i) {
    a[i] = va_arg(list, long);
  }
  va_end(list);
  if (number == SYS_futex && (a[1] & FUTEX_CLOCK_REALTIME) != 0 && a[3] != 0) {
    abort();
  }
  if (next_syscall == NULL) {
    *(void**)&next_syscall = dlsym(RTLD_NEXT, "syscall");
  }
  return next_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && offset != NULL) {
    const int64_t all = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec + *offset;
    now->tv_sec = all / 1000000000;
    now->tv_nsec = all % 1000000000;
  }
  return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result != NULL) {
    *result = now.tv_sec;
  }
  return now.tv_sec;
}
