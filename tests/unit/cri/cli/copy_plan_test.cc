// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/copy_plan.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Parsed(absl::string_view word) {
  const CopyPath path = ParseCopyPath(word);
  return absl::StrCat(path.container, "|", path.path);
}

TEST(ParseCopyPath, TellsContainersFromPaths) {
  EXPECT_EQ(Parsed("web:/etc/hosts"), "web|/etc/hosts");
  EXPECT_EQ(Parsed("pod/web:etc"), "pod/web|etc");
  EXPECT_EQ(Parsed("web:"), "web|");
  EXPECT_EQ(Parsed("file"), "|file");
  EXPECT_EQ(Parsed("/a:b"), "|/a:b");
  EXPECT_EQ(Parsed("./a:b"), "|./a:b");
  EXPECT_EQ(Parsed("-"), "|-");
}

// "directory name", the name "." where what is in the source goes into the directory; or the error.
std::string Plan(const CopySource& source, const CopyTarget& target) {
  const absl::StatusOr<CopyPlan> plan = PlanCopy(source, target);
  return plan.ok() ? absl::StrCat(plan->directory, " ", plan->name.value_or("."))
                   : std::string(plan.status().message());
}

constexpr bool kDirectory = true;

TEST(PlanCopy, PutsThingsIntoADirectoryThatIsThere) {
  const CopyTarget there = {.path = "/to", .exists = true, .is_directory = true};
  EXPECT_EQ(Plan({"a/file"}, there), "/to file");
  EXPECT_EQ(Plan({"a/dir", kDirectory}, there), "/to dir");
  EXPECT_EQ(Plan({"a/dir/", kDirectory}, there), "/to dir");
  EXPECT_EQ(Plan({"a/dir/.", kDirectory}, there), "/to .");
  EXPECT_EQ(Plan({".", kDirectory}, there), "/to .");
}

TEST(PlanCopy, ReplacesAFile) {
  const CopyTarget there = {.path = "/to/file", .exists = true};
  EXPECT_EQ(Plan({"other"}, there), "/to file");
  EXPECT_EQ(Plan({"dir", kDirectory}, there), "cannot copy a directory onto the file /to/file");
  EXPECT_EQ(Plan({"other"}, {.path = "file/", .exists = true}), "file/: not a directory");
}

TEST(PlanCopy, MakesWhatIsNotThere) {
  EXPECT_EQ(Plan({"file"}, {.path = "/to/new"}), "/to new");
  EXPECT_EQ(Plan({"file"}, {.path = "new"}), ". new");
  EXPECT_EQ(Plan({"file"}, {.path = "/new"}), "/ new");
  EXPECT_EQ(Plan({"dir", kDirectory}, {.path = "/to/new/"}), "/to new");
  EXPECT_EQ(Plan({"dir/.", kDirectory}, {.path = "/to/new"}), "/to new");
  EXPECT_EQ(Plan({"file"}, {.path = "/to/new/"}), "/to/new/: no such directory");
}

}  // namespace
}  // namespace berth::cli
