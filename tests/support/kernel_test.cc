// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kernel_test.h"

#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/sys/clock.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "tests/support/patience.h"

extern "C" void __gcov_dump() __attribute__((weak));  // NOLINT(bugprone-reserved-identifier) gcov's

namespace berth::test {
namespace {

int64_t TimeLimit() {
  return 60 * Patience() * sys::kSecond;
}

constexpr char kFieldEnd = '\x1f';
constexpr char kRecordEnd = '\x1e';

// Sends each failure to the parent at the moment it happens, so that a crash loses none.
class FailureShipper : public ::testing::EmptyTestEventListener {
 public:
  explicit FailureShipper(int pipe) : pipe_(pipe) {}

  void OnTestPartResult(const ::testing::TestPartResult& result) override {
    if (result.passed()) {
      return;
    }
    std::string record =
        absl::StrCat(static_cast<int>(result.type()), std::string(1, kFieldEnd),
                     result.file_name() == nullptr ? "" : result.file_name(),
                     std::string(1, kFieldEnd), result.line_number(), std::string(1, kFieldEnd),
                     result.message(), std::string(1, kRecordEnd));
    (void)sys::WriteAll(pipe_, record.data(), record.size());
  }

 private:
  int pipe_;
};

[[noreturn]] void Quit(int code) {
  fflush(nullptr);
  if (__gcov_dump != nullptr) {
    __gcov_dump();
  }
  _exit(code);
}

[[noreturn]] void GiveUp(const char* what) {
  fprintf(stderr, "kernel test: %s: %s\n", what, strerror(errno));
  Quit(125);
}

// As a shell says it: the exit code, or 128 + the signal.
int Await(pid_t child) {
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended == child) {
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    if (ended < 0 && errno != EINTR) {
      GiveUp("waitpid");
    }
  }
}

void RaiseLoopback() {
  sys::Fd any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  memcpy(request.ifr_name, "lo", sizeof("lo"));
  request.ifr_flags = IFF_UP;
  if (ioctl(any.get(), SIOCSIFFLAGS, &request) != 0) {
    GiveUp("raise lo");
  }
}

[[noreturn]] void RunBody(int pipe, void (*body)()) {
  ::testing::TestEventListeners& listeners = ::testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  listeners.Append(new FailureShipper(pipe));
  body();
  Quit(0);
}

// Process 1 of the pid namespace: prepares the others, reaps, and takes everybody along at its end.
[[noreturn]] void RunInit(int pipe, void (*body)()) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    GiveUp("make mounts private");
  }
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    GiveUp("mount /proc");
  }
  RaiseLoopback();
  const pid_t child = fork();
  if (child < 0) {
    GiveUp("fork");
  }
  if (child == 0) {
    RunBody(pipe, body);
  }
  Quit(Await(child));
}

[[noreturn]] void RunOutside(int pipe, void (*body)()) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
    GiveUp("unshare");
  }
  const pid_t init = fork();
  if (init < 0) {
    GiveUp("fork");
  }
  if (init == 0) {
    RunInit(pipe, body);
  }
  Quit(Await(init));
}

// Everything until the writers have closed the pipe; nothing after the time limit.
std::optional<std::string> ReadUntilEnd(int pipe) {
  const int64_t deadline = sys::MonotonicTime() + TimeLimit();
  std::string all;
  char buffer[4096];
  while (true) {
    pollfd entry = {pipe, POLLIN, 0};
    const int ready = poll(&entry, 1, sys::PollTimeout(deadline));
    if (ready == 0) {
      return std::nullopt;
    }
    if (ready < 0) {
      continue;
    }
    const ssize_t count = read(pipe, buffer, sizeof(buffer));
    if (count <= 0) {
      return all;
    }
    all.append(buffer, static_cast<size_t>(count));
  }
}

void Repeat(const std::string& records, KernelOutcome& outcome) {
  for (absl::string_view record : absl::StrSplit(records, kRecordEnd, absl::SkipEmpty())) {
    const std::vector<std::string> fields = absl::StrSplit(record, kFieldEnd);
    int type = 0;
    int line = 0;
    if (fields.size() != 4 || !absl::SimpleAtoi(fields[0], &type) ||
        !absl::SimpleAtoi(fields[2], &line)) {
      ADD_FAILURE() << "unreadable result: " << record;
    } else if (type == ::testing::TestPartResult::kSkip) {
      outcome = {true, fields[3]};
    } else {
      ADD_FAILURE_AT(fields[1].c_str(), line) << fields[3];
    }
  }
}

}  // namespace

KernelOutcome RunInNamespaces(void (*body)()) {
  if (geteuid() != 0) {
    return {true, "needs root"};
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    ADD_FAILURE() << "pipe: " << strerror(errno);
    return {};
  }
  sys::Fd reader(ends[0]);
  sys::Fd writer(ends[1]);
  fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    RunOutside(writer.get(), body);
  }
  EXPECT_GT(child, 0) << "fork: " << strerror(errno);
  writer = sys::Fd();
  KernelOutcome outcome;
  std::optional<std::string> records = ReadUntilEnd(reader.get());
  if (!records.has_value()) {
    ADD_FAILURE() << "the body lasts longer than " << TimeLimit() / sys::kSecond << " seconds";
    kill(child, SIGKILL);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (records.has_value()) {
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
        << "the body ended with " << (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    Repeat(*records, outcome);
  }
  return outcome;
}

void Unmount(const std::string& path) {
  EXPECT_EQ(umount2(path.c_str(), MNT_DETACH), 0) << path << ": " << strerror(errno);
}

}  // namespace berth::test
