// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/git_checkout.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
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

// A server of ssh is not at hand: what is asked for is what ssh says of one that is not there.
TEST(GitCheckout, GoesBySshWhereTheAddressSaysSo) {
  if (!std::filesystem::exists("/usr/bin/git") || !std::filesystem::exists("/usr/bin/ssh")) {
    GTEST_SKIP() << "no git, or no ssh";
  }
  test::TempDir space;
  const absl::StatusOr<RemoteSource> source =
      ParseRemoteSource("ssh://git@127.0.0.1:1/a.git", {{"default", "/no/agent"}});
  ASSERT_THAT(source, test::IsOk());
  EXPECT_THAT(
      CheckOut(Call(), *source, space.path()),
      test::StatusIs(absl::StatusCode::kUnavailable,
                     HasSubstr("ssh: connect to host 127.0.0.1 port 1: Connection refused")));
}

// A repository that is served as plain files.
class ServedRepository {
 public:
  ServedRepository() { RunGit({"init", "-q", "--bare", space_.Join("r.git")}); }

  // One file of 1 MiB of zeros, which packs well.
  void CommitZeros() {
    const std::string zeros = Git({"hash-object", "-w", "--stdin"}, std::string(1 << 20, '\0'));
    Commit(absl::StrCat("100644 blob ", zeros, "\tzeros\n"));
  }
  // A few objects that are 10^11 files: a list of them would take hours.
  void CommitBomb() {
    const std::string nothing = Git({"hash-object", "-w", "--stdin"});
    std::string entries = TenTimes(absl::StrCat("100644 blob ", nothing));
    for (int depth = 0; depth < 10; ++depth) {
      entries = TenTimes(absl::StrCat("040000 tree ", Git({"mktree"}, entries)));
    }
    Commit(entries);
  }

  absl::StatusOr<std::string> CheckOut(const std::string& directory, uint64_t max_bytes) {
    std::filesystem::create_directory(space_.Join(directory));
    ASSIGN_OR_RETURN(const RemoteSource source, ParseRemoteSource(server_.Url("/r.git")));
    return imageservice::CheckOut(Call(), source, space_.Join(directory), max_bytes);
  }

 private:
  static std::string TenTimes(const std::string& object) {
    std::string entries;
    for (int i = 0; i < 10; ++i) {
      absl::StrAppend(&entries, object, "\t", i, "\n");
    }
    return entries;
  }
  void Commit(const std::string& tree) {
    const std::string commit = Git({"commit-tree", "-m", "one", Git({"mktree"}, tree)});
    Git({"update-ref", "HEAD", commit});
    Git({"update-server-info"});
  }
  std::string Git(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), {"-C", space_.Join("r.git")});
    return RunGit(std::move(words), input);
  }
  static std::string RunGit(std::vector<std::string> words, const std::string& input = "") {
    words.insert(words.begin(), "/usr/bin/git");
    const absl::StatusOr<CommandResult> done = RunCommand(
        Call(), {.arguments = words,
                 .environment = {"HOME=/nonexistent", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b",
                                 "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b"},
                 .input = input});
    EXPECT_THAT(done, test::IsOk());
    EXPECT_TRUE(done.ok() && done->exit_code == 0) << (done.ok() ? done->err : "");
    return done.ok() ? std::string(absl::StripAsciiWhitespace(done->out)) : "";
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
  repository.CommitZeros();
  EXPECT_THAT(repository.CheckOut("all", 2 << 20), test::IsOk());
  EXPECT_THAT(repository.CheckOut("fewer", 512 << 10),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("524288 bytes")));
}

TEST(GitCheckout, AListOfFilesThatIsTooLongEndsAtOnce) {
  if (!std::filesystem::exists("/usr/bin/git")) {
    GTEST_SKIP() << "no git";
  }
  ServedRepository repository;
  repository.CommitBomb();
  EXPECT_THAT(repository.CheckOut("all", 2 << 20),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("67108864 bytes")));
}

}  // namespace
}  // namespace berth::imageservice
