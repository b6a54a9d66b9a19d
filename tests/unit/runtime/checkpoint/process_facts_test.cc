// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/process_facts.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

constexpr char kTable[] =
    "86 51 0:43 / / rw,relatime - overlay overlay rw\n"
    "87 86 0:45 / /dev rw,nosuid - tmpfs tmpfs rw\n"
    "80 87 0:42 / /dev/shm rw - tmpfs tmpfs rw\n"
    "81 86 254:0 /pods/1/hosts /etc/hosts ro,relatime - ext4 /dev/vda rw\n"
    "82 86 254:0 /v /run/secrets ro,relatime - ext4 /dev/vda rw\n"
    "84 86 0:51 / /run/secretsbeside rw - tmpfs tmpfs rw\n"
    "89 86 0:47 / /proc rw - proc proc rw\n"
    "103 89 0:6 /null /proc/keys ro - devtmpfs devtmpfs rw\n"
    "104 89 0:6 /null /proc/timer_list ro - devtmpfs devtmpfs rw\n";

std::string Describe(const ExternalMount& mount) {
  return mount.mount_point + "=" + mount.destination;
}

TEST(ProcessFacts, VolumesAndDevicesAreExternal) {
  ASSERT_OK_AND_ASSIGN(
      const std::vector<ExternalMount> found,
      FindExternalMounts(
          ParseMountTable(kTable),
          {{80, "/dev/shm"}, {81, "/etc/hosts"}, {82, "/var/run/secrets"}, {7, "/gone"}}));
  std::vector<std::string> texts;
  for (const ExternalMount& mount : found) {
    texts.push_back(Describe(mount));
  }
  EXPECT_THAT(texts, ::testing::ElementsAre("/dev/shm=/dev/shm", "/etc/hosts=/etc/hosts",
                                            "/run/secrets=/var/run/secrets",
                                            "/proc/keys=", "/proc/timer_list="));
}

TEST(ProcessFacts, OneDirectoryMountedTwiceCannotBeSaved) {
  const std::string table = std::string(kTable) + "90 86 254:0 /v /again rw - ext4 /dev/vda rw\n";
  EXPECT_THAT(FindExternalMounts(ParseMountTable(table), {{82, "/a"}, {90, "/again"}}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/again")));
}

TEST(ProcessFacts, WhatIsMountedBelowAVolumeCannotBeSaved) {
  const std::string table =
      std::string(kTable) + "83 82 0:50 / /run/secrets/sub ro - tmpfs tmpfs rw\n";
  for (const std::vector<VolumeMount>& volumes :
       {std::vector<VolumeMount>{{82, "/run/secrets"}},
        std::vector<VolumeMount>{{82, "/run/secrets"}, {83, "/run/secrets/sub"}}}) {
    EXPECT_THAT(
        FindExternalMounts(ParseMountTable(table), volumes).status(),
        StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("/run/secrets/sub below")));
  }
}

TEST(ProcessFacts, TooManyMountsCannotBeSaved) {
  const std::vector<MountEntry> table(kMaxExternalMounts + 1);
  EXPECT_THAT(FindExternalMounts(table, {}).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("too many mounts")));
}

TEST(ProcessFacts, OfAProcessInOurOwnNamespaces) {
  SavedContainer saved;
  ASSERT_OK_AND_ASSIGN(const std::string network, ReadProcessFacts(getpid(), {}, saved));
  EXPECT_EQ(network, "");
  EXPECT_FALSE(saved.own_network);
  EXPECT_FALSE(saved.own_ipc);
  EXPECT_FALSE(saved.own_uts);
  EXPECT_FALSE(ReadProcessFacts(-1, {}, saved).ok());
}

}  // namespace
}  // namespace berth::runtime
