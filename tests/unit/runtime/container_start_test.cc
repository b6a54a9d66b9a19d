// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_start.h"

#include <errno.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string Failure(LaunchStep step, int error, uint32_t item = 0) {
  LaunchPlan plan;
  plan.process.arguments = {"/bin/nothing"};
  plan.hooks.resize(2);
  plan.hooks[1].path = "/usr/bin/hook";
  plan.mounts.resize(3);
  plan.mounts[0].destination = "/proc";
  plan.mounts[0].kind = MountKind::kFilesystem;
  plan.mounts[1].destination = "/data";
  plan.mounts[2].source = "/srv";
  plan.mounts[2].destination = "/bind";
  plan.mounts[2].sub_path = "part";
  ShimReply reply;
  reply.step = step;
  reply.error = error;
  reply.item = item;
  return StartFailure(reply, Encode(plan));
}

TEST(StartFailure, NamesTheProgram) {
  EXPECT_THAT(Failure(LaunchStep::kExec, ENOENT),
              EndsWith("(/bin/nothing): No such file or directory"));
}

TEST(StartFailure, NamesTheMount) {
  EXPECT_THAT(Failure(LaunchStep::kMounts, EACCES, 1), EndsWith("(/data): Permission denied"));
  EXPECT_THAT(Failure(LaunchStep::kMounts, EACCES, 9), EndsWith(": Permission denied"));
  EXPECT_THAT(Failure(LaunchStep::kMounts, ENOENT, 2),
              EndsWith("(/srv/part on /bind): No such file or directory"));
}

TEST(StartFailure, AsksWhetherAFileMetADirectory) {
  EXPECT_THAT(Failure(LaunchStep::kMounts, ENOTDIR, 2),
              HasSubstr("(/srv/part on /bind): Not a directory: Are you trying to mount a "
                        "directory onto a file (or vice-versa)?"));
  EXPECT_THAT(Failure(LaunchStep::kMounts, EINVAL, 0), EndsWith(": Invalid argument"));
  EXPECT_THAT(Failure(LaunchStep::kWorkingDirectory, ENOTDIR, 2), EndsWith(": Not a directory"));
}

TEST(StartFailure, NamesTheHookAndItsExitCode) {
  EXPECT_THAT(Failure(LaunchStep::kHooks, -3, 1),
              EndsWith("run hook (/usr/bin/hook): exit code 3"));
  EXPECT_THAT(Failure(LaunchStep::kHooks, ETIMEDOUT, 1), EndsWith("(/usr/bin/hook): timed out"));
}

TEST(StartFailure, NeedsNoPlanToSayWhatFailed) {
  ShimReply reply;
  reply.step = LaunchStep::kSeccomp;
  reply.error = EINVAL;
  EXPECT_THAT(StartFailure(reply, "no plan"), HasSubstr(": Invalid argument"));
}

}  // namespace
}  // namespace berth::runtime
