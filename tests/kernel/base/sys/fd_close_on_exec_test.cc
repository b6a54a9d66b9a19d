// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/database.h"
#include "base/sys/directory.h"
#include "base/sys/event_loop.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/mount.h"
#include "base/sys/namespace.h"
#include "base/sys/process.h"
#include "base/sys/socket.h"
#include "base/sys/terminal.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

// Every descriptor that base makes is closed in a program that is executed by any means: this test
// holds one of each and executes itself with no precaution, to see what is open there.
namespace berth::sys {
namespace {

using test::IsOk;

std::vector<int> OpenDescriptors() {
  std::vector<int> numbers;
  ErrnoOr<DirectoryReader> reader = DirectoryReader::Open(AT_FDCWD, "/proc/self/fd");
  for (auto entry = reader->Next(); entry.ok() && *entry != nullptr; entry = reader->Next()) {
    int number = -1;
    if (absl::SimpleAtoi((*entry)->d_name, &number) && number != reader->fd()) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

// Runs in the executed program: its only argument is the numbers that were open before any of ours.
TEST(CloseOnExec, DISABLED_NothingNewIsOpen) {
  const char* before = getenv("OPEN_BEFORE");
  ASSERT_NE(before, nullptr);
  for (int number : OpenDescriptors()) {
    char target[256] = "";
    (void)!readlink(absl::StrCat("/proc/self/fd/", number).c_str(), target, sizeof(target) - 1);
    EXPECT_NE(std::string(before).find(absl::StrCat(",", number, ",")), std::string::npos)
        << number << " is " << target;
  }
}

int ExecuteSelf(const std::string& before) {
  std::string variable = "OPEN_BEFORE=" + before;
  std::string arguments[] = {"self", "--gtest_also_run_disabled_tests",
                             "--gtest_filter=CloseOnExec.DISABLED_NothingNewIsOpen"};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
  char* envp[] = {variable.data(), nullptr};
  pid_t pid = 0;
  EXPECT_EQ(posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, argv, envp), 0);
  ErrnoOr<Fd> pidfd = OpenProcess(pid);
  EXPECT_THAT(pidfd, IsOk());
  Process process(pid, *std::move(pidfd));
  ErrnoOr<ExitStatus> status = process.Wait(MonotonicTime() + 30 * kSecond);
  EXPECT_THAT(status, IsOk());
  return status.ok() ? status->code : -1;
}

// Keeps the descriptors that the results hold.
class Holder {
 public:
  void Hold(ErrnoOr<Fd> opened) {
    EXPECT_THAT(opened, IsOk());
    if (opened.ok()) {
      held_.push_back(*std::move(opened));
    }
  }

 private:
  std::vector<Fd> held_;
};

KERNEL_TEST(CloseOnExec, HoldsForEveryDescriptorThatBaseMakes) {
  test::TempDir dir;  // holds one itself
  std::string before = ",";
  for (int number : OpenDescriptors()) {
    if (number != dir.fd()) {
      absl::StrAppend(&before, number, ",");
    }
  }
  Holder holder;
  holder.Hold(OpenAt(dir.fd(), "file", O_RDWR | O_CREAT, 0600));
  holder.Hold(OpenInRoot(dir.fd(), "file", O_RDONLY));
  holder.Hold(OpenBeneath(dir.fd(), "file", O_RDONLY));
  holder.Hold(OpenOnSameMount(dir.fd(), "file", O_RDONLY));
  holder.Hold(Duplicate(dir.fd()));
  holder.Hold(EnsureDirectoryInRoot(dir.fd(), "a/b", 0755));
  holder.Hold(EnsureFileInRoot(dir.fd(), "a/c", 0644));
  holder.Hold(SealedMemoryFile("test", "x", 1));
  holder.Hold(OpenProcess(getpid()));
  ErrnoOr<Fd> listener = ListenAt(dir.Join("socket").c_str(), 0600, 8);
  ASSERT_THAT(listener, IsOk());
  holder.Hold(ConnectTo(dir.Join("socket").c_str()));
  holder.Hold(Accept(listener->get()));
  ErrnoOr<SocketPair> pair = MakeSocketPair();
  EXPECT_THAT(pair, IsOk());
  ErrnoOr<DirectoryReader> reader = DirectoryReader::Open(dir.fd(), ".");
  EXPECT_THAT(reader, IsOk());
  ErrnoOr<Poller> poller = Poller::Create();
  EXPECT_THAT(poller, IsOk());
  holder.Hold(OpenSignalFd(SIGUSR1));
  holder.Hold(OpenOwnNamespace("net"));
  ErrnoOr<DetachedMount> mount = NewMount("tmpfs", {}, 0);
  EXPECT_THAT(mount, IsOk());
  ErrnoOr<DetachedMount> clone = CloneMount(dir.fd(), "", false);
  EXPECT_THAT(clone, IsOk());
  ErrnoOr<Fd> dev = OpenAt(AT_FDCWD, "/dev/pts", O_PATH | O_DIRECTORY);
  ASSERT_THAT(dev, IsOk());
  ErrnoOr<Terminal> terminal = OpenTerminal(dev->get(), "ptmx");
  EXPECT_THAT(terminal, IsOk());
  absl::StatusOr<Database> database = Database::Open(dir.Join("db"), Durability::kProcess, {});
  EXPECT_THAT(database, IsOk());
  EXPECT_EQ(ExecuteSelf(before), 0);
}

}  // namespace
}  // namespace berth::sys
