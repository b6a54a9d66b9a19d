// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/saved_container.h"

#include <string>

#include "gtest/gtest.h"

#include "base/json.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::berth::test::StatusIs;

SavedContainer Saved() {
  SavedContainer saved;
  saved.pod_namespace = "team";
  saved.own_network = false;
  saved.streams = {"file[1a:3]", "pipe:[12]", ""};
  saved.mounts = {{"/run/secrets", "/var/run/secrets"}, {"/proc/keys", ""}};
  saved.traits = {{"user", "0:0 "}};
  return saved;
}

TEST(SavedContainer, IsReadAsItWasWritten) {
  ASSERT_OK_AND_ASSIGN(const SavedContainer read,
                       ParseSavedContainer(FormatSavedContainer(Saved())));
  EXPECT_EQ(read.pod_namespace, "team");
  EXPECT_FALSE(read.own_network);
  EXPECT_TRUE(read.own_ipc);
  EXPECT_EQ(read.streams, Saved().streams);
  ASSERT_EQ(read.mounts.size(), 2u);
  EXPECT_EQ(read.mounts[0].mount_point, "/run/secrets");
  EXPECT_EQ(read.mounts[0].destination, "/var/run/secrets");
  EXPECT_EQ(read.traits, Saved().traits);
}

TEST(SavedContainer, NothingElseReachesCriusArguments) {
  const Json good = *ParseJson(FormatSavedContainer(Saved()), kMaxSavedContainer);
  const struct {
    const char* pointer;
    Json value;
  } kCases[] = {
      {"/version", 2},
      {"/streams/0", "tty[1:2]"},
      {"/streams/0", "file[1a]"},
      {"/streams/0", "file[:3]"},
      {"/streams/1", "pipe:[1]:x"},
      {"/streams/1", "pipe:[]"},
      {"/streams/1", 7},
      {"/mounts/0/mountPoint", "relative"},
      {"/mounts/0/mountPoint", "/a]:/etc"},
      {"/mounts/0/mountPoint", "/a/../b"},
      {"/mounts/0/destination", "relative"},
      {"/traits/user", 1},
  };
  for (const auto& c : kCases) {
    Json bad = good;
    bad[Json::json_pointer(c.pointer)] = c.value;
    EXPECT_THAT(ParseSavedContainer(FormatJson(bad)).status(),
                StatusIs(absl::StatusCode::kDataLoss))
        << c.pointer << " " << c.value;
  }
  EXPECT_THAT(ParseSavedContainer("").status(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseSavedContainer("[]").status(), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::runtime
