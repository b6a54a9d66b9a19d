// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/look_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1000);

LimitedLog Log(const std::string& id) {
  return {.id = id, .path = "/log/" + id};
}

std::string NextOf(LookQueue& queue, const std::string& filesystem, absl::Time now = kNow) {
  const std::optional<LimitedLog> log = queue.Take(filesystem, now);
  return log.has_value() ? log->id : "none";
}

std::vector<std::string> SilentIn(LookQueue& queue, absl::Time now) {
  std::vector<std::string> ids;
  for (const LimitedLog& log : queue.TakeSilent(now)) {
    ids.push_back(log.id);
  }
  return ids;
}

TEST(LookQueue, FewThreadsServeOneFilesystem) {
  LookQueue queue;
  EXPECT_TRUE(queue.Add(Log("a"), "8:1"));
  EXPECT_TRUE(queue.Add(Log("b"), "8:1"));
  EXPECT_TRUE(queue.Add(Log("b2"), "8:1"));
  EXPECT_FALSE(queue.Add(Log("c"), "8:1"));
  EXPECT_TRUE(queue.Add(Log("d"), "0:2"));
  EXPECT_EQ(NextOf(queue, "8:1"), "a");
  EXPECT_EQ(NextOf(queue, "8:1"), "b");
  EXPECT_EQ(NextOf(queue, "8:1"), "b2");
  EXPECT_FALSE(queue.Add(Log("e"), "8:1")) << "all three are held up";
  EXPECT_EQ(NextOf(queue, "0:2"), "d");
  EXPECT_EQ(NextOf(queue, "0:2"), "none");
  EXPECT_TRUE(queue.Add(Log("f"), "0:2")) << "the one that served it has left";
  queue.End("a");
  EXPECT_EQ(NextOf(queue, "8:1"), "c");
  EXPECT_EQ(NextOf(queue, "8:1"), "e");
  EXPECT_EQ(NextOf(queue, "8:1"), "none");
  EXPECT_TRUE(queue.Add(Log("g"), "8:1"));
}

TEST(LookQueue, HasALogUntilItsLookEnds) {
  LookQueue queue;
  EXPECT_FALSE(queue.Has("a"));
  queue.Add(Log("a"), "8:1");
  EXPECT_TRUE(queue.Has("a"));
  EXPECT_EQ(NextOf(queue, "8:1"), "a");
  EXPECT_TRUE(queue.Has("a"));
  queue.End("a");
  EXPECT_FALSE(queue.Has("a"));
}

TEST(LookQueue, TellsOnceWhichDoNotAnswer) {
  LookQueue queue;
  for (const char* id : {"a", "b", "c"}) {
    queue.Add(Log(id), "8:1");
  }
  NextOf(queue, "8:1");
  NextOf(queue, "8:1", kNow + absl::Seconds(1));
  EXPECT_THAT(SilentIn(queue, kNow + LookQueue::kSilence - absl::Seconds(1)), IsEmpty());
  EXPECT_THAT(SilentIn(queue, kNow + LookQueue::kSilence), ElementsAre("a"));
  queue.End("b");
  EXPECT_THAT(SilentIn(queue, kNow + absl::Hours(1)), IsEmpty()) << "c has not been asked";
}

TEST(LookQueue, AFilesystemIsFoundByItsMount) {
  const std::vector<MountEntry> mounts = ParseMountTable(
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "2 1 0:7 / /var rw - tmpfs tmpfs rw\n"
      "3 2 0:9 / /var/log rw - nfs server:/log rw\n"
      "4 3 0:8 / /var/log rw - tmpfs tmpfs rw\n");
  EXPECT_EQ(FilesystemOf(mounts, "/var/log/pods/0.log"), "0:8");
  EXPECT_EQ(FilesystemOf(mounts, "/var/logs/0.log"), "0:7");
  EXPECT_EQ(FilesystemOf(mounts, "/0.log"), "8:1");
  EXPECT_EQ(FilesystemOf({}, "/0.log"), "unknown");
}

}  // namespace
}  // namespace berth::cri
