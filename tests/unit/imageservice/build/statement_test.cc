// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/statement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/build_limits.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DockerfileText Read(absl::string_view text) {
  absl::StatusOr<DockerfileText> read = ReadDockerfile(text);
  EXPECT_TRUE(read.ok()) << read.status();
  return read.value_or(DockerfileText());
}

Statement Only(absl::string_view text) {
  DockerfileText read = Read(text);
  EXPECT_THAT(read.statements, SizeIs(1)) << text;
  return read.statements.empty() ? Statement() : read.statements[0];
}

TEST(ReadDockerfile, HasTheStatementsWithTheirLines) {
  const DockerfileText read = Read("\xEF\xBB\xBF# a comment\n\nFROM x\r\n  run  a \\\n  b\nCMD c");
  ASSERT_THAT(read.statements, SizeIs(3));
  EXPECT_EQ(read.statements[0].keyword, "FROM");
  EXPECT_EQ(read.statements[0].arguments, "x");
  EXPECT_EQ(read.statements[0].first_line, 3);
  EXPECT_EQ(read.statements[1].keyword, "run");
  EXPECT_EQ(read.statements[1].arguments, "a   b");
  EXPECT_EQ(read.statements[1].text, "run  a   b");
  EXPECT_EQ(read.statements[1].first_line, 4);
  EXPECT_EQ(read.statements[1].last_line, 5);
  EXPECT_EQ(read.statements[2].first_line, 6);
}

TEST(ReadDockerfile, JoinsLinesAndDropsCommentsBetween) {
  EXPECT_EQ(Only("RUN a \\  \n# no\n  # no\nb \\\n\nc\n").arguments, "a b c");
  EXPECT_EQ(Only("RUN a \\\n# no\n").arguments, "a");
  EXPECT_EQ(Only("RUN a \\").arguments, "a");
  EXPECT_EQ(Only("RUN a # b\n").arguments, "a # b");
  EXPECT_EQ(Only("RUN a\\\\\n").arguments, "a\\\\");
  EXPECT_THAT(Read("RUN a \\\n\nb").warnings, ElementsAre(HasSubstr("Empty continuation line")));
}

TEST(ReadDockerfile, KnowsTheDirectives) {
  const DockerfileText read =
      Read("# Syntax = docker/dockerfile:1\n#escape=`\nRUN a `\n b\\\nRUN c\n");
  EXPECT_EQ(read.escape, '`');
  ASSERT_THAT(read.statements, SizeIs(2));
  EXPECT_EQ(read.statements[0].arguments, "a  b\\");
  // After anything else it is a comment.
  EXPECT_EQ(Read("# hello\n# escape=`\nRUN a\n").escape, '\\');
  EXPECT_EQ(Read("# unknown=x\n# escape=`\nRUN a\n").escape, '\\');
  EXPECT_EQ(Read("\n# escape=`\nRUN a\n").escape, '\\');
}

TEST(ReadDockerfile, RefusesBadDirectivesWithTheirLine) {
  EXPECT_THAT(ReadDockerfile("# escape=\\\n# escape=`\nRUN a"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dockerfile parse error on line 2: only one escape parser directive can be "
                       "used"));
  EXPECT_THAT(ReadDockerfile("# escape=x\nRUN a"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dockerfile parse error on line 1: invalid escape token 'x' does not match "
                       "` or \\"));
}

TEST(ReadDockerfile, TakesFlagsFromTheFront) {
  const Statement statement =
      Only(R"(RUN --mount=type=cache,target="/a b" --network='none'  -- --real x)");
  EXPECT_THAT(statement.flags, ElementsAre("--mount=type=cache,target=/a b", "--network=none"));
  EXPECT_EQ(statement.arguments, "--real x");
  EXPECT_THAT(Only("COPY a --chown=x b").flags, IsEmpty());
  EXPECT_THAT(Only(R"(COPY --from=a\ b c d)").flags, ElementsAre("--from=a b"));
}

TEST(ReadDockerfile, ReadsHeredocs) {
  const Statement one = Only("RUN <<EOF\necho a\n  # kept\n\nEOF\n");
  EXPECT_THAT(one.heredocs, ElementsAre(Heredoc{"EOF", "echo a\n  # kept\n\n", true, false}));
  EXPECT_EQ(one.arguments, "<<EOF");
  EXPECT_EQ(one.last_line, 5);
  const Statement two = Only("COPY <<-'a.txt' << \"b\" /x/\n\tone\n\ta.txt\ntwo\nb\n");
  EXPECT_THAT(two.heredocs, ElementsAre(Heredoc{"a.txt", "\tone\n", false, true},
                                        Heredoc{"b", "two\n", false, false}));
  EXPECT_EQ(HeredocText(two.heredocs[0]), "one\n");
  EXPECT_EQ(HeredocText(two.heredocs[1]), "two\n");
  EXPECT_THAT(Only("RUN cat 3<<X\nX\n").heredocs, SizeIs(1));
}

TEST(ReadDockerfile, KnowsWhatIsNoHeredoc) {
  EXPECT_THAT(Only("RUN echo \"<<EOF\"").heredocs, IsEmpty());
  EXPECT_THAT(Only("RUN [\"cat\", \"<<EOF\"]").heredocs, IsEmpty());
  EXPECT_THAT(Only("RUN cat <<<EOF").heredocs, IsEmpty());
  EXPECT_THAT(Only("RUN a<<EOF").heredocs, IsEmpty());
  EXPECT_THAT(Only("RUN echo 'open <<EOF").heredocs, IsEmpty());
  EXPECT_THAT(Only("ENV a=<<EOF").heredocs, IsEmpty());
  EXPECT_THAT(Only("RUN cat <<").heredocs, IsEmpty());
}

TEST(ReadDockerfile, ATriggerTakesItsHeredocs) {
  const Statement onbuild = Only("ONBUILD RUN --network=none <<E\nx\nE\n");
  EXPECT_THAT(onbuild.heredocs, SizeIs(1));
  const Statement trigger = ReadTrigger(onbuild, '\\');
  EXPECT_EQ(trigger.keyword, "RUN");
  EXPECT_THAT(trigger.flags, ElementsAre("--network=none"));
  EXPECT_EQ(trigger.heredocs, onbuild.heredocs);
  EXPECT_THAT(Only("ONBUILD ENV a=<<E").heredocs, IsEmpty());
}

TEST(ReadDockerfile, RefusesWhatCannotBeRead) {
  EXPECT_THAT(ReadDockerfile(""),
              StatusIs(absl::StatusCode::kInvalidArgument, "file with no instructions"));
  EXPECT_THAT(ReadDockerfile("# only\n\n"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ReadDockerfile("FROM x\nRUN <<EOF\na\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "dockerfile parse error on line 2: unterminated heredoc"));
  EXPECT_THAT(ReadDockerfile(std::string(kMaxDockerfile + 1, '\n')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4194304 bytes")));
}

TEST(SplitQuotedWords, KeepsQuotesAndEscapes) {
  EXPECT_THAT(SplitQuotedWords(R"(a="b c" d='e \' f\ g h\)", '\\'),
              ElementsAre(R"(a="b c")", R"(d='e \')", R"(f\ g)", "h"));
  EXPECT_THAT(SplitQuotedWords("  ", '\\'), IsEmpty());
  EXPECT_THAT(SplitQuotedWords(R"("a\" b")", '\\'), ElementsAre(R"("a\" b")"));
}

}  // namespace
}  // namespace berth::imageservice
