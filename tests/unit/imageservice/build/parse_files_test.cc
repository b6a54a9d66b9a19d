// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/imageservice/build/instruction_under_test.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ParseCopy, HasSourcesAndADestination) {
  const CopyInstruction copy = ParseAs<CopyInstruction>(
      "COPY --from=build --chown=a:b --chmod=u+x --link --parents --exclude=*.o --exclude=x a b "
      "/c/");
  EXPECT_FALSE(copy.is_add);
  EXPECT_THAT(copy.sources, ElementsAre("a", "b"));
  EXPECT_EQ(copy.destination, "/c/");
  EXPECT_EQ(copy.from, "build");
  EXPECT_EQ(copy.chown, "a:b");
  EXPECT_EQ(copy.chmod, "u+x");
  EXPECT_TRUE(copy.link);
  EXPECT_TRUE(copy.parents);
  EXPECT_THAT(copy.excludes, ElementsAre("*.o", "x"));
  EXPECT_THAT(ParseAs<CopyInstruction>(R"(COPY ["a b", "/c d"])").sources, ElementsAre("a b"));
}

TEST(ParseCopy, TakesFilesFromTheDockerfile) {
  const CopyInstruction copy =
      ParseAs<CopyInstruction>("COPY <<one a <<-'two' /d/\n1\none\n\t2\ntwo\n");
  EXPECT_THAT(copy.sources, ElementsAre("a"));
  EXPECT_THAT(copy.files, ElementsAre(Heredoc{"one", "1\n", true, false},
                                      Heredoc{"two", "\t2\n", false, true}));
}

TEST(ParseCopy, TakesEachFileOnce) {
  const CopyInstruction copy = ParseAs<CopyInstruction>("COPY <<a <<b <<a /d/\n1\na\n2\nb\n3\na\n");
  EXPECT_THAT(copy.files,
              ElementsAre(Heredoc{"a", "1\n"}, Heredoc{"b", "2\n"}, Heredoc{"a", "3\n"}));
  EXPECT_THAT(copy.sources, IsEmpty());
}

TEST(ParseAdd, HasFlagsOfItsOwn) {
  const CopyInstruction add = ParseAs<CopyInstruction>(
      "ADD --checksum=sha256:x --keep-git-dir --unpack=false https://example.com/a /a");
  EXPECT_TRUE(add.is_add);
  EXPECT_EQ(add.checksum, "sha256:x");
  EXPECT_EQ(add.keep_git_directory, true);
  EXPECT_EQ(add.unpack, false);
  EXPECT_EQ(ParseAs<CopyInstruction>("ADD a b").unpack, std::nullopt);
}

TEST(ParseRun, IsForTheShellOrNot) {
  const RunInstruction run = ParseAs<RunInstruction>("RUN a && b");
  EXPECT_EQ(run.command, (CommandLine{{"a && b"}, true}));
  EXPECT_EQ(run.network, "default");
  EXPECT_EQ(run.security, "sandbox");
  EXPECT_THAT(run.mounts, IsEmpty());
  EXPECT_EQ(ParseAs<RunInstruction>(R"(RUN ["a", "b"])").command, (CommandLine{{"a", "b"}, false}));
  const RunInstruction flagged = ParseAs<RunInstruction>(
      "RUN --mount=type=cache,target=/c --mount=target=/s --network=none --security=insecure x");
  EXPECT_THAT(flagged.mounts, ElementsAre("type=cache,target=/c", "target=/s"));
  EXPECT_EQ(flagged.network, "none");
  EXPECT_EQ(flagged.security, "insecure");
}

TEST(ParseRun, KeepsItsHeredocs) {
  const RunInstruction run = ParseAs<RunInstruction>("RUN python3 <<EOF\nprint(1)\nEOF\n");
  EXPECT_EQ(run.command.words, std::vector<std::string>{"python3 <<EOF"});
  EXPECT_THAT(run.heredocs, ElementsAre(Heredoc{"EOF", "print(1)\n", true, false}));
}

TEST(ParseWorkdir, IsAPath) {
  EXPECT_EQ(ParseAs<WorkdirInstruction>("WORKDIR /a b").path, "/a b");
}

TEST(ParseFiles, RefusesTheRest) {
  ExpectRefusals({
      {"COPY a",
       "COPY requires at least two arguments, but only one was provided. Destination "
       "could not be determined"},
      {"ADD", "ADD requires at least two"},
      {"COPY a <<b\nb\n", "COPY cannot accept a heredoc as a destination"},
      {"COPY --checksum=x a b", "unknown flag: --checksum"},
      {"ADD --from=x a b", "unknown flag: --from"},
      {"COPY [\"a\", 1]", "when using JSON array syntax"},
      {"RUN", "RUN requires at least one argument"},
      {"RUN []", "RUN requires at least one argument"},
      {"RUN --network=x a", "invalid network mode \"x\""},
      {"RUN --security=x a", "security \"x\" is not valid"},
      {"RUN --mount=type=x a", "unsupported mount type \"x\""},
      {"RUN --x a", "unknown flag: --x"},
      {"WORKDIR", "WORKDIR requires exactly one argument"},
      {"WORKDIR --x /a", "unknown flag: --x"},
  });
}

}  // namespace
}  // namespace berth::imageservice
