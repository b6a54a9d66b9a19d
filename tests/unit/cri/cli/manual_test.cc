// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/manual.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

using testing::HasSubstr;

TEST(ManualPage, SaysWhatHelpSays) {
  std::string text;
  bool flag = false;
  Verb program("berth");
  program.set_description("berth: what it is\n.and a line with a dot");
  Verb& verb = program.AddVerb("load");
  verb.set_description("Read an archive");
  verb.Add("-i,--input", text, "it; a \\ is none", {.type = "FILE"});
  verb.AddFlag("-q,--quiet", flag, "no progress");
  verb.Add("NAME", text, "a name", {.required = true});
  verb.set_footer("At the end.");
  program.AddVerb("system").AddVerb("df");
  const std::string page = ManualPage(program);
  EXPECT_THAT(page, HasSubstr(".SS berth load [OPTIONS] NAME\nRead an archive\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-i, \\-\\-input FILE\nit; a \\e is none\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-q, \\-\\-quiet\nno progress\n"));
  EXPECT_THAT(page, HasSubstr(".PP\nAt the end.\n"));
  EXPECT_THAT(page, HasSubstr(".SS berth system df"));
  EXPECT_THAT(page, HasSubstr("what it is\n.br\n\\&.and a line"));
}

}  // namespace
}  // namespace berth::cli
