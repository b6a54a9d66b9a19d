// SPDX-License-Identifier: Apache-2.0
#include "base/sys/event_loop.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace berth::sys {
namespace {

Result Control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = tag;
  return ResultOf(epoll_ctl(epoll, operation, fd, &event), "epoll_ctl");
}

}  // namespace

ErrnoOr<Poller> Poller::Create() {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) {
    return Errno::Last("epoll_create1");
  }
  return Poller(Fd(fd));
}

Result Poller::Add(int fd, uint32_t events, uint64_t tag) const {
  return Control(epoll_.get(), EPOLL_CTL_ADD, fd, events, tag);
}

Result Poller::Change(int fd, uint32_t events, uint64_t tag) const {
  return Control(epoll_.get(), EPOLL_CTL_MOD, fd, events, tag);
}

Result Poller::Remove(int fd) const {
  return Control(epoll_.get(), EPOLL_CTL_DEL, fd, 0, 0);
}

ErrnoOr<std::span<epoll_event>> Poller::Wait(std::span<epoll_event> space, int64_t deadline) const {
  int count =
      epoll_wait(epoll_.get(), space.data(), static_cast<int>(space.size()), PollTimeout(deadline));
  if (count < 0 && errno != EINTR) {
    return Errno::Last("epoll_wait");
  }
  return space.first(count < 0 ? 0 : static_cast<size_t>(count));
}

ErrnoOr<Fd> OpenSignalFd(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) {
    return Errno::Last("signalfd");
  }
  return Fd(fd);
}

void DrainSignalFd(int fd) {
  signalfd_siginfo taken[4];
  while (read(fd, taken, sizeof(taken)) > 0) {
  }
}

}  // namespace berth::sys
