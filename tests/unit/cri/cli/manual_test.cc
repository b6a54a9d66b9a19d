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
  CLI::App root("berth: what it is\n.and a line with a dot", "berth");
  CLI::App& verb = *root.add_subcommand("load", "Read an archive");
  verb.add_option("-i,--input", text, "it; a \\ is none")->type_name("FILE");
  verb.add_flag("-q,--quiet", flag, "no progress");
  verb.add_option("NAME", text, "a name")->required()->type_name("");
  verb.footer("At the end.");
  root.add_subcommand("system", "More")->add_subcommand("df", "The disk");
  const std::string page = ManualPage(root);
  EXPECT_THAT(page, HasSubstr(".SS berth load [OPTIONS] NAME\nRead an archive\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-i, \\-\\-input FILE\nit; a \\e is none\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-q, \\-\\-quiet\nno progress\n"));
  EXPECT_THAT(page, HasSubstr(".PP\nAt the end.\n"));
  EXPECT_THAT(page, HasSubstr(".SS berth system df"));
  EXPECT_THAT(page, HasSubstr("what it is\n.br\n\\&.and a line"));
}

}  // namespace
}  // namespace berth::cli
