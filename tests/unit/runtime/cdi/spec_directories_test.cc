// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec_directories.h"

#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "runtime/host_files.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cdi {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class SpecDirectoriesTest : public ::testing::Test {
 protected:
  // Only the owner may write there, whatever the umask is.
  void Write(const std::string& name, const std::string& text) const {
    const std::string path = directory_.Write(name, text);
    chmod(path.c_str(), 0644);
    chmod(std::filesystem::path(path).parent_path().c_str(), 0755);
  }
  // A specification of vendor/class with the device, whose only edit is a variable.
  static std::string SpecOf(const std::string& device, const std::string& value) {
    return absl::StrCat(R"({"cdiVersion":"0.5.0","kind":"v/c","devices":[{"name":")", device,
                        R"(","containerEdits":{"env":["A=)", value, R"("]}}]})");
  }
  std::string Value(const std::string& name) {
    const auto found = directories_.Find({name}, host_);
    return found.ok() ? found->at(0).device->edits.environment.at(0)
                      : std::string(found.status().message());
  }

  test::TempDir directory_;
  runtime::RealHostFiles host_;
  SpecDirectories directories_{{directory_.Join("etc"), directory_.Join("run")}};
};

TEST_F(SpecDirectoriesTest, FindsDevicesInJsonAndYaml) {
  Write("etc/a.json", SpecOf("a", "1"));
  Write("etc/b.yaml",
        "cdiVersion: 0.5.0\nkind: v/c\ndevices:\n- {name: b, containerEdits: {env: [A=2]}}\n");
  Write("etc/c.txt", "not for us");
  const auto found = directories_.Find({"v/c=a", "v/c=b"}, host_);
  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ(found->at(0).device->name, "a");
  EXPECT_EQ(found->at(1).device->name, "b");
  EXPECT_EQ(found->at(1).spec->kind, "v/c");
}

TEST_F(SpecDirectoriesTest, LaterDirectoriesOverrideEarlierOnes) {
  Write("etc/a.json", SpecOf("a", "etc"));
  EXPECT_EQ(Value("v/c=a"), "A=etc");
  Write("run/z.json", SpecOf("a", "run"));
  EXPECT_EQ(Value("v/c=a"), "A=run");
  std::filesystem::remove(directory_.Join("run/z.json"));
  EXPECT_EQ(Value("v/c=a"), "A=etc");
}

TEST_F(SpecDirectoriesTest, ReadsWhatHasChanged) {
  Write("etc/a.json", SpecOf("a", "1"));
  EXPECT_EQ(Value("v/c=a"), "A=1");
  Write("etc/a.json", SpecOf("a", "12"));
  EXPECT_EQ(Value("v/c=a"), "A=12");
}

TEST_F(SpecDirectoriesTest, NamesWhatItCannotFind) {
  Write("etc/a.json", SpecOf("a", "1"));
  EXPECT_THAT(directories_.Find({"v/c=a", "v/c=x", "v/d=a"}, host_),
              StatusIs(kInvalid, HasSubstr("unresolvable CDI devices v/c=x, v/d=a")));
  EXPECT_THAT(SpecDirectories({}).Find({"v/c=a"}, host_),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("cdi.spec_dirs")));
}

TEST_F(SpecDirectoriesTest, DoesNotChooseBetweenFilesOfOneDirectory) {
  Write("etc/a.json", SpecOf("a", "1"));
  Write("etc/b.json", SpecOf("a", "2"));
  EXPECT_THAT(Value("v/c=a"), AllOf(HasSubstr("unresolvable CDI devices v/c=a"),
                                    HasSubstr("2 files of a directory have it")));
  Write("run/c.json", SpecOf("a", "3"));
  EXPECT_EQ(Value("v/c=a"), "A=3");
}

TEST_F(SpecDirectoriesTest, SaysWhichFilesAreOfNoUse) {
  Write("etc/bad.json", "{");
  Write("etc/old.yaml", "cdiVersion: 0.0.1\nkind: v/c\ndevices: [{name: a}]\n");
  Write("etc/good.json", SpecOf("b", "1"));
  EXPECT_EQ(Value("v/c=b"), "A=1");
  EXPECT_THAT(Value("v/c=a"),
              AllOf(HasSubstr("bad.json: not valid JSON"), HasSubstr("old.yaml: cdiVersion"),
                    Not(HasSubstr("good.json"))));
}

// Hooks run as root.
TEST_F(SpecDirectoriesTest, TrustsOnlyWhatIsRoots) {
  Write("etc/a.json", SpecOf("a", "1"));
  chmod(directory_.Join("etc/a.json").c_str(), 0664);
  EXPECT_THAT(Value("v/c=a"), HasSubstr("a.json: others than root may write to it"));
  chmod(directory_.Join("etc/a.json").c_str(), 0644);
  EXPECT_EQ(Value("v/c=a"), "A=1");
  chmod(directory_.Join("etc").c_str(), 0757);
  EXPECT_THAT(Value("v/c=a"), HasSubstr("etc: others than root may write to it"));
}

TEST_F(SpecDirectoriesTest, DoesNotWaitForAFifo) {
  Write("etc/a.json", SpecOf("a", "1"));
  ASSERT_EQ(mkfifo(directory_.Join("etc/f.json").c_str(), 0600), 0);
  EXPECT_EQ(Value("v/c=a"), "A=1");
}

}  // namespace
}  // namespace berth::cdi
