// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/git_checkout.h"

#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"

#include "base/command.h"
#include "base/file.h"
#include "base/status.h"
#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// What git makes of a repository is in tests/integration/docker_build_remote_test.py.
TEST(GitCheckout, OfNothingFailsInGitsWords) {
  if (!std::filesystem::exists("/usr/bin/git")) {
    GTEST_SKIP() << "no git";
  }
  test::TempDir space;
  test::FakeRegistry server(
      [](const test::FakeRequest&) { return test::FakeAnswer{.status = 404}; });
  const absl::StatusOr<RemoteSource> source = ParseRemoteSource(server.Url("/a.git#v1"));
  ASSERT_THAT(source, test::IsOk());
  EXPECT_THAT(CheckOut(Call(), *source, space.path()),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("a.git#v1: git: ")));
  EXPECT_THAT(server.targets(), Contains(HasSubstr("/a.git/info/refs")));
}

// A repository with one file of 1 MiB of zeros, which packs well, served as plain files.
class ServedRepository {
 public:
  ServedRepository() {
    std::filesystem::create_directory(space_.Join("work"));
    std::ofstream(space_.Join("work/zeros")) << std::string(1 << 20, '\0');
    Git({"-C", space_.Join("work"), "init", "-q"});
    Git({"-C", space_.Join("work"), "add", "."});
    Git({"-C", space_.Join("work"), "commit", "-qm", "one"});
    Git({"clone", "-q", "--bare", space_.Join("work"), space_.Join("r.git")});
    Git({"-C", space_.Join("r.git"), "update-server-info"});
  }

  absl::StatusOr<std::string> CheckOut(const std::string& directory, uint64_t max_bytes) {
    std::filesystem::create_directory(space_.Join(directory));
    ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(server_.Url("/r.git")));
    return imageservice::CheckOut(Call(), source, space_.Join(directory), max_bytes);
  }

 private:
  static void Git(std::vector<std::string> words) {
    words.insert(words.begin(), "/usr/bin/git");
    const absl::StatusOr<CommandResult> done = RunCommand(
        Call(), {.arguments = words,
                 .environment = {"HOME=/nonexistent", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
                                 "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"},
                 .input = ""});
    ASSERT_THAT(done, test::IsOk());
    EXPECT_EQ(done->exit_code, 0) << done->err;
  }

  test::TempDir space_;
  test::FakeRegistry server_{[this](const test::FakeRequest& request) {
    const std::string path = request.target.substr(1, request.target.find('?') - 1);
    const absl::StatusOr<std::string> text = ReadFile(space_.Join(path), 2 << 20);
    return text.ok() ? test::FakeAnswer{.body = *text} : test::FakeAnswer{.status = 404};
  }};
};

TEST(GitCheckout, MoreThanThereMayBeIsRefused) {
  if (!std::filesystem::exists("/usr/bin/git")) {
    GTEST_SKIP() << "no git";
  }
  ServedRepository repository;
  EXPECT_THAT(repository.CheckOut("all", 2 << 20), test::IsOk());
  EXPECT_THAT(repository.CheckOut("fewer", 512 << 10),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("524288 bytes")));
}

}  // namespace
}  // namespace berth::imageservice
