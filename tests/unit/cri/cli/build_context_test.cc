// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_context.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/cli/packed_files.h"
#include "tests/support/file_tree.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/packed_members.h"

namespace berth::cli {
namespace {

using test::Dir;
using test::File;
using test::Link;
using testing::ElementsAre;

std::vector<std::string> Packed(const test::TempDir& context, const DockerfilePlace& dockerfile) {
  PackedFiles files([&](imageservice::TarWriter& writer) {
    return PackContext(context.path(), dockerfile, writer);
  });
  return Members(files).value_or(std::vector<std::string>{"an error"});
}

TEST(PackContext, LeavesOutWhatIsIgnored) {
  const test::TempDir context;
  test::MakeTree(context.path(),
                 {File(".dockerignore", "secret\nDockerfile\n.dockerignore\nbig/*\n!big/keep\n"),
                  File("Dockerfile", "FROM x"), File("secret", "s"), Link("link", "/etc/passwd"),
                  Dir("big", {File("drop", "d"), File("keep", "k")})});
  EXPECT_THAT(Packed(context, {"Dockerfile"}),
              ElementsAre(".dockerignore=secret\nDockerfile\n.dockerignore\nbig/*\n!big/keep\n",
                          "Dockerfile=FROM x", "big/", "big/keep=k", "link -> /etc/passwd"));
}

TEST(PackContext, TakesTheDockerfilesOwnIgnoreFile) {
  const test::TempDir context;
  test::MakeTree(context.path(),
                 {File(".dockerignore", "*"), File("a", "1"), File("b", "2"),
                  File("other", "FROM x"), File("other.dockerignore", "a\n.dockerignore")});
  EXPECT_THAT(Packed(context, {"other"}),
              ElementsAre("b=2", "other=FROM x", "other.dockerignore=a\n.dockerignore"));
}

TEST(PackContext, SaysWhatCannotBeRead) {
  PackedFiles files([](imageservice::TarWriter& writer) {
    return PackContext("/no/such", {"Dockerfile"}, writer);
  });
  const absl::Status status = Members(files).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

TEST(OfferDockerfile, IsTheBodyForAContextThatTheDaemonFetches) {
  EngineCall call;
  OfferDockerfile("FROM x\n", call);
  EXPECT_EQ(call.body, "FROM x\n");
  ASSERT_EQ(call.headers.size(), 1u);
  EXPECT_EQ(call.headers[0].second, "dockerfile");
}

TEST(PackContext, AddsADockerfileOfElsewhereThatNobodyCopies) {
  const test::TempDir context;
  test::MakeTree(context.path(), {File(".dockerignore", "b"), File("Dockerfile", "FROM x"),
                                  File("a", "1"), File("b", "2")});
  EXPECT_THAT(Packed(context, {"added", "FROM y"}),
              ElementsAre(".dockerignore=b", "Dockerfile=FROM x", "a=1", "added=FROM y",
                          "added.dockerignore=b\nadded\nadded.dockerignore\n"));
  EXPECT_THAT(Packed(context, {"added", "FROM y", "a"}),
              ElementsAre(".dockerignore=b", "Dockerfile=FROM x", "b=2", "added=FROM y",
                          "added.dockerignore=a\nadded\nadded.dockerignore\n"));
}

// What is found, where it is in the context.
std::string DockerfileIn(const std::string& context, const std::string& said) {
  const absl::StatusOr<DockerfilePlace> found = FindDockerfile(context, said);
  return found.ok() && !found->text.has_value() ? found->name : "elsewhere";
}

TEST(FindDockerfile, TakesOneOfElsewhereWithItsIgnoreFile) {
  const test::TempDir root;
  test::MakeTree(root.path(),
                 {Dir("context", {File("f", "FROM x"), Dir("only", {File("there", "FROM x")})}),
                  File("f", "FROM y"), File("f.dockerignore", "a"), File("g", "FROM z"),
                  Dir("only", {}), File("large", std::string((4 << 20) + 1, '#'))});
  const std::string context = root.Join("context");
  const absl::StatusOr<DockerfilePlace> first = FindDockerfile(context, root.Join("f"));
  ASSERT_THAT(first, test::IsOk());
  EXPECT_EQ(first->text, "FROM y");
  EXPECT_EQ(first->ignore, "a");
  const absl::StatusOr<DockerfilePlace> other = FindDockerfile(context, root.Join("g"));
  ASSERT_THAT(other, test::IsOk());
  EXPECT_EQ(other->text, "FROM z");
  EXPECT_EQ(other->ignore, std::nullopt);
  EXPECT_NE(other->name, first->name);
  EXPECT_EQ(DockerfileIn(context, root.Join("only/there")), root.Join("only/there"));
  EXPECT_EQ(DockerfileIn("https://x/y.git", root.Join("f")), root.Join("f"));
  EXPECT_THAT(FindDockerfile(context, root.Join("large")),
              test::StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("large")));
}

TEST(FindDockerfile, IsInTheContextHoweverItIsNamed) {
  const test::TempDir root;
  test::MakeTree(root.path(), {Dir("context", {Dir("sub", {File("Dockerfile", "FROM x")}),
                                               Link("there", "sub/Dockerfile")}),
                               Link("link", "context")});
  const std::string context = root.Join("context");
  EXPECT_EQ(DockerfileIn(context, ""), "Dockerfile");
  EXPECT_EQ(DockerfileIn(context, "sub/Dockerfile"), "sub/Dockerfile");
  EXPECT_EQ(DockerfileIn(context, context + "/sub/./Dockerfile"), "sub/Dockerfile");
  EXPECT_EQ(DockerfileIn(context + "/", context + "/there"), "there");
  EXPECT_EQ(DockerfileIn(root.Join("link"), context + "/sub/Dockerfile"), "sub/Dockerfile");
  EXPECT_EQ(DockerfileIn(context, root.Join("link/sub/Dockerfile")), "sub/Dockerfile");
  EXPECT_EQ(DockerfileIn(context + "/sub", context + "/there"), "elsewhere");
  EXPECT_EQ(DockerfileIn("https://x/y.git", "sub/Dockerfile"), "sub/Dockerfile");
}

TEST(LooksLikeArchive, KnowsTheUsualOnes) {
  EXPECT_TRUE(LooksLikeArchive("\x1f\x8b\x08"));
  EXPECT_TRUE(LooksLikeArchive(std::string(257, '\0') + "ustar"));
  EXPECT_FALSE(LooksLikeArchive("FROM scratch\n"));
  EXPECT_FALSE(LooksLikeArchive(""));
}

}  // namespace
}  // namespace berth::cli
