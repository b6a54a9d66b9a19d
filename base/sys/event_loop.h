// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>

#include "base/sys/clock.h"
#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// The pieces of a loop on one thread: readiness by epoll, signals by a descriptor.
namespace berth::sys {

// An epoll instance, level-triggered. What is watched is found again by a number of the caller's.
class Poller {
 public:
  static ErrnoOr<Poller> Create();

  // `events`: EPOLLIN, EPOLLOUT or 0 (only errors and hang-ups).
  Result Add(int fd, uint32_t events, uint64_t tag) const;
  Result Change(int fd, uint32_t events, uint64_t tag) const;
  // To be called before the last copy of the descriptor is closed. ENOENT when it was not watched.
  Result Remove(int fd) const;

  // The events that came before `deadline`; none when it passed or a signal interrupted.
  ErrnoOr<std::span<epoll_event>> Wait(std::span<epoll_event> space, int64_t deadline) const;

 private:
  explicit Poller(Fd epoll) : epoll_(std::move(epoll)) {}
  Fd epoll_;
};

// A non-blocking descriptor that is readable while `signal` is pending; it must be blocked.
ErrnoOr<Fd> OpenSignalFd(int signal);

// Takes what is pending from a signalfd.
void DrainSignalFd(int fd);

}  // namespace berth::sys
