// SPDX-License-Identifier: Apache-2.0
#include "base/sys/process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "tests/kernel/base/sys/shell.h"

namespace berth::sys {
namespace {

TEST(Process, TellsExitCodesAndSignals) {
  ErrnoOr<Process> exited = Shell("exit 7", 0);
  ASSERT_TRUE(exited.ok());
  EXPECT_EQ(exited->Wait(Soon())->code, 7);
  ErrnoOr<Process> waiting = Shell("exec sleep 100", 0);
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->Wait(kDontWait).error().code, EAGAIN);
  EXPECT_EQ(waiting->Wait(MonotonicTime() + kMillisecond).error().code, ETIMEDOUT);
  ASSERT_TRUE(waiting->Signal(SIGKILL).ok());
  EXPECT_EQ(waiting->Wait(Soon())->code, 128 + SIGKILL);
}

TEST(Process, IsKilledAndReapedWhenDropped) {
  pid_t pid = 0;
  {
    ErrnoOr<Process> process = Shell("exec sleep 100", 0);
    ASSERT_TRUE(process.ok());
    pid = process->pid();
  }
  EXPECT_EQ(OpenProcess(pid).error().code, ESRCH);
}

TEST(Process, IsGoneThoughItsSessionGoesOn) {
  ErrnoOr<Process> leader = Shell("sleep 100 & exit 0", 0);
  ASSERT_TRUE(leader.ok());
  const pid_t pid = leader->pid();
  ASSERT_TRUE(leader->Wait(Soon()).ok());
  EXPECT_EQ(OpenProcess(pid).error().code, ESRCH);
  EXPECT_EQ(kill(-pid, SIGKILL), 0);
}

TEST(CloneProcess, MakesNamespacesAndGivesAPidfd) {
  ErrnoOr<ClonedProcess> child = CloneProcess({.namespaces = CLONE_NEWPID});
  ASSERT_TRUE(child.ok());
  if (child->pid == 0) {
    _exit(getpid() == 1 ? 3 : 4);
  }
  Process process(child->pid, std::move(child->pidfd));
  EXPECT_EQ(process.Wait(Soon())->code, 3);
}

TEST(FindEndedChild, LeavesItToBeReaped) {
  ErrnoOr<ClonedProcess> child = CloneProcess({});
  ASSERT_TRUE(child.ok());
  if (child->pid == 0) {
    _exit(9);
  }
  ASSERT_TRUE(AwaitExit(child->pidfd.get(), Soon()).ok());
  EXPECT_EQ(FindEndedChild(), child->pid);
  EXPECT_EQ(FindEndedChild(), child->pid);
  ErrnoOr<ExitStatus> status = ReapChild(child->pid);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->code, 9);
  EXPECT_EQ(FindEndedChild(), 0);
  EXPECT_EQ(ReapChild(child->pid).error().code, ECHILD);
  EXPECT_EQ(SignalProcess(child->pidfd.get(), 0).error().code, ESRCH);
}

TEST(HasChildEnded, KnowsOneUntilItIsReaped) {
  ErrnoOr<ClonedProcess> child = CloneProcess({});
  ASSERT_TRUE(child.ok());
  if (child->pid == 0) {
    pause();
    _exit(0);
  }
  EXPECT_FALSE(*HasChildEnded(child->pidfd.get()));
  ASSERT_TRUE(SignalProcess(child->pidfd.get(), SIGKILL).ok());
  ASSERT_TRUE(AwaitExit(child->pidfd.get(), Soon()).ok());
  EXPECT_TRUE(*HasChildEnded(child->pidfd.get()));
  ASSERT_TRUE(ReapChild(child->pid).ok());
  EXPECT_EQ(HasChildEnded(child->pidfd.get()).error().code, ECHILD);
  ErrnoOr<Fd> other = OpenProcess(1);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(HasChildEnded(other->get()).error().code, ECHILD);
}

TEST(CloneSibling, IsAChildOfTheCallersParent) {
  ErrnoOr<ClonedProcess> child = CloneProcess({});
  ASSERT_TRUE(child.ok());
  if (child->pid == 0) {
    ErrnoOr<pid_t> sibling = CloneSibling();
    _exit(!sibling.ok() ? 3 : *sibling == 0 ? 5 : 4);
  }
  ASSERT_TRUE(AwaitExit(child->pidfd.get(), Soon()).ok());
  EXPECT_EQ(ReapChild(child->pid)->code, 4);
  pid_t sibling = 0;
  while ((sibling = FindEndedChild()) == 0) {
  }
  EXPECT_EQ(ReapChild(sibling)->code, 5);
}

}  // namespace
}  // namespace berth::sys
