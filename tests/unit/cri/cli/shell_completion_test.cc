// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/shell_completion.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/command.h"
#include "cri/cli/command_line.h"

namespace berth::cli {
namespace {

using testing::HasSubstr;

class ShellCompletionTest : public testing::Test {
 protected:
  ShellCompletionTest() {
    program_.Add("-H,--host", text_, "");
    Verb& rmi = program_.AddVerb("rmi");
    rmi.AddFlag("-f,--force", flag_, "");
    rmi.Add("--format", text_, "", {.type = "table|json|TEMPLATE"});
    Verb& df = program_.AddVerb("system").AddVerb("df");
    df.AddFlag("--verbose", flag_, "");
    program_.AddVerb("network").AddVerb("rm");
    program_.AddVerb("run");
  }

  // What bash would offer after the words.
  std::string Offered(const std::string& words) const {
    const std::string script = BashCompletion(program_) +
                               "berth() { printf 'app:1\\nweb:2\\n'; }\n"
                               "COMP_WORDS=(" +
                               words +
                               ")\n"
                               "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                               "_berth; echo \"${COMPREPLY[*]}\"";
    Command command;
    command.arguments = {"/bin/bash", "-c", script};
    command.environment = {"PATH=/usr/bin:/bin"};
    const absl::StatusOr<CommandResult> result =
        RunCommand(Call::WithTimeout(absl::Seconds(20)), command);
    return result.ok() ? result->out : std::string(result.status().message());
  }

  std::string text_;
  bool flag_ = false;
  Verb program_{"berth"};
};

TEST_F(ShellCompletionTest, OffersVerbs) {
  EXPECT_EQ(Offered("berth r"), "rmi run\n");
  EXPECT_EQ(Offered("berth -H unix:///x r"), "rmi run\n");
}

TEST_F(ShellCompletionTest, OffersOptionsTheirValuesAndVerbsBelow) {
  EXPECT_EQ(Offered("berth rmi --fo"), "--force --format\n");
  EXPECT_EQ(Offered("berth rmi --format t"), "table\n");
  EXPECT_EQ(Offered("berth system d"), "df\n");
  EXPECT_EQ(Offered("berth system df --v"), "--verbose\n");
}

TEST_F(ShellCompletionTest, OffersNames) {
  EXPECT_EQ(Offered("berth rmi w"), "web:2\n");
  EXPECT_EQ(Offered("berth network rm w"), "web:2\n");
}

// By the name of a verb's first word.
std::string KindOf(const Verb& verb) {
  std::string word = verb.words().needed.empty() ? "" : verb.words().needed.front();
  for (const Verb::Option& option : verb.options()) {
    word = word.empty() && option.spellings.empty() ? option.word : word;
  }
  return word == "CONTAINER" || word == "IMAGE" || word == "NETWORK" || word == "VOLUME" ? word
                                                                                         : "";
}

void ExpectNames(const Verb& verb, const std::string& path, const std::string& script) {
  if (!KindOf(verb).empty()) {
    const size_t begin = script.find("    '" + path + "') ");
    ASSERT_NE(begin, std::string::npos) << path;
    EXPECT_THAT(script.substr(begin, script.find('\n', begin) - begin),
                testing::Not(HasSubstr("names='' ")))
        << path;
  }
  for (const auto& below : verb.verbs()) {
    ExpectNames(*below, path.empty() ? below->name() : path + " " + below->name(), script);
  }
}

TEST(BashCompletion, KnowsWhatTheWordsOfEachVerbName) {
  Session session;
  Verb program("berth");
  DeclareProgram(program, session);
  ExpectNames(program, "", BashCompletion(program));
}

TEST_F(ShellCompletionTest, IsForZshToo) {
  EXPECT_THAT(ZshCompletion(program_), testing::StartsWith("#compdef berth\n"));
  EXPECT_THAT(ZshCompletion(program_), HasSubstr("complete -o default -F _berth berth"));
}

}  // namespace
}  // namespace berth::cli
