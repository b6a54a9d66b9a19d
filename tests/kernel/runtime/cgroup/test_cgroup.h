// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/random_id.h"
#include "base/sys/file.h"
#include "runtime/cgroup/cgroup.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {

inline absl::Time Soon() {
  return SteadyNow() + absl::Seconds(20);
}

// A new cgroup of this node in the given hierarchies, killed and removed at the end.
class TestCgroup {
 public:
  explicit TestCgroup(CgroupHierarchies hierarchies)
      : hierarchies_(std::move(hierarchies)),
        cgroup_(hierarchies_, absl::StrCat("/berth-test-", RandomHex(6), "/c")) {
    EXPECT_THAT(cgroup_.Create(), test::IsOk());
  }
  ~TestCgroup() {
    EXPECT_THAT(cgroup_.Kill(Soon()), test::IsOk());
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    EXPECT_THAT(cgroup_.Remove(), test::IsOk());
    for (const std::string& directory : cgroup_.directories()) {
      EXPECT_NE(access(directory.c_str(), F_OK), 0) << directory;
    }
  }
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  const Cgroup* operator->() const { return &cgroup_; }
  const Cgroup& operator*() const { return cgroup_; }
  const CgroupHierarchies& hierarchies() const { return hierarchies_; }

  // Runs `body` in a child inside the cgroup; its result is the exit code.
  pid_t Start(const std::function<int()>& body) const {
    const pid_t pid = fork();
    if (pid == 0) {
      for (const std::string& directory : cgroup_.directories()) {
        if (!sys::WriteControlFile(AT_FDCWD, (directory + "/cgroup.procs").c_str(), "0", 1).ok()) {
          _exit(99);
        }
      }
      _exit(body());
    }
    EXPECT_GT(pid, 0);
    return pid;
  }

 private:
  CgroupHierarchies hierarchies_;
  Cgroup cgroup_;
};

// 0…255 an exit code, 1000 + n killed by signal n.
inline int WaitFor(pid_t pid) {
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

inline CgroupHierarchies NodeHierarchies() {
  absl::StatusOr<CgroupHierarchies> found = FindHierarchies();
  EXPECT_THAT(found, test::IsOk());
  return found.ok() ? *found : CgroupHierarchies();
}

// The node's hierarchies as if it had no cgroup2.
inline CgroupHierarchies OnlyVersion1() {
  CgroupHierarchies result = NodeHierarchies();
  std::erase_if(result.controllers,
                [&](const auto& entry) { return entry.second == result.unified; });
  result.unified.clear();
  result.mode = CgroupMode::kV1;
  return result;
}

// The node's cgroup2 with what it has.
inline CgroupHierarchies OnlyUnified() {
  CgroupHierarchies result = NodeHierarchies();
  std::erase_if(result.controllers,
                [&](const auto& entry) { return entry.second != result.unified; });
  result.v1_hierarchies.clear();
  result.mode = CgroupMode::kUnified;
  return result;
}

}  // namespace berth::runtime
