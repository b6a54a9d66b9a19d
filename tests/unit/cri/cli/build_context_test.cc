// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_context.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/cli/packed_files.h"
#include "tests/support/file_tree.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/packed_members.h"

namespace berth::cli {
namespace {

using test::Dir;
using test::File;
using test::Link;
using testing::ElementsAre;

std::vector<std::string> Packed(const test::TempDir& context, const std::string& dockerfile) {
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
  EXPECT_THAT(Packed(context, "Dockerfile"),
              ElementsAre(".dockerignore=secret\nDockerfile\n.dockerignore\nbig/*\n!big/keep\n",
                          "Dockerfile=FROM x", "big/", "big/keep=k", "link -> /etc/passwd"));
}

TEST(PackContext, TakesTheDockerfilesOwnIgnoreFile) {
  const test::TempDir context;
  test::MakeTree(context.path(),
                 {File(".dockerignore", "*"), File("a", "1"), File("b", "2"),
                  File("other", "FROM x"), File("other.dockerignore", "a\n.dockerignore")});
  EXPECT_THAT(Packed(context, "other"),
              ElementsAre("b=2", "other=FROM x", "other.dockerignore=a\n.dockerignore"));
}

TEST(PackContext, SaysWhatCannotBeRead) {
  PackedFiles files([](imageservice::TarWriter& writer) {
    return PackContext("/no/such", "Dockerfile", writer);
  });
  const absl::Status status = Members(files).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

TEST(DockerfileIn, IsInTheContextHoweverItIsNamed) {
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
  EXPECT_EQ(DockerfileIn(context + "/sub", context + "/there"), context + "/there");
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
