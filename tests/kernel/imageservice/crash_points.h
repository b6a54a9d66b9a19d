// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <vector>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "tests/support/sanitizer.h"

// A process that dies by SIGKILL just before the n-th call that would change a file: with n from 1
// on every state that a crash can leave on the disk comes up.
namespace berth::test {

namespace crash_points {

inline constexpr int kChangingCalls[] = {
    SYS_mkdir,     SYS_mkdirat,   SYS_mknodat,   SYS_link,   SYS_linkat,    SYS_symlinkat,
    SYS_rename,    SYS_renameat,  SYS_renameat2, SYS_unlink, SYS_unlinkat,  SYS_rmdir,
    SYS_ftruncate, SYS_fallocate, SYS_pwrite64,  SYS_fsync,  SYS_fdatasync, SYS_syncfs,
    SYS_fchmod,    SYS_fsetxattr, SYS_utimensat,
};

// Has the kernel ask a listener before each of the calls. Returns the listener's descriptor.
inline int Listen() {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
  };
  for (int call : kChangingCalls) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter = {static_cast<unsigned short>(program.size()), program.data()};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter));
}

// Threads that were left to themselves may still be ending, with locks that a fork would copy.
inline void AwaitOtherThreads() {
  auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  while (threads() > 1 + kSanitizerThreadsBesideOthers) {
    sched_yield();
  }
}

// Lets `calls` calls of the process pass and kills it at the next. False when it ended before.
inline bool PassThenKill(pid_t child, int listener, int calls) {
  for (int passed = 0;; ++passed) {
    pollfd ready = {listener, POLLIN, 0};
    if (poll(&ready, 1, 60'000) != 1 || (ready.revents & POLLIN) == 0) {
      return false;
    }
    seccomp_notif request = {};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
      return false;
    }
    if (passed == calls) {
      kill(child, SIGKILL);
      return true;
    }
    seccomp_notif_resp response = {};
    response.id = request.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

}  // namespace crash_points

// Runs `work` in a process of its own, which dies before its call number `call` (from 0 on) that
// changes a file. False when it ended before that. Other threads must be about to end.
inline bool CrashBefore(int call, const std::function<void()>& work) {
  int channel[2];
  EXPECT_EQ(pipe2(channel, O_CLOEXEC), 0);
  crash_points::AwaitOtherThreads();
  pid_t child = fork();
  if (child == 0) {
    int listener = crash_points::Listen();
    if (write(channel[1], &listener, sizeof(listener)) == sizeof(listener) && listener >= 0) {
      work();
    }
    _exit(listener >= 0 ? 0 : 1);
  }
  int number = -1;
  EXPECT_EQ(read(channel[0], &number, sizeof(number)), static_cast<ssize_t>(sizeof(number)));
  close(channel[0]);
  close(channel[1]);
  sys::Fd process(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
  sys::Fd listener(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
  EXPECT_TRUE(listener.is_open()) << strerror(errno);
  bool killed = crash_points::PassThenKill(child, listener.get(), call);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0)) << "status " << status;
  return killed;
}

}  // namespace berth::test
