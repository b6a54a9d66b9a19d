// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_syntax.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Problem(const std::string& text) {
  return std::string(ParseTemplate(text).status().message());
}

TEST(ParseTemplate, HasANodeAPiece) {
  const auto nodes = ParseTemplate("a{{if .A}}b{{else if eq .B 1}}c{{else}}d{{end}}{{/* no */}}");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  const TemplateNode& choice = (*nodes)[1];
  EXPECT_EQ(choice.kind, TemplateNode::Kind::kIf);
  EXPECT_EQ(choice.body.front().text, "b");
  EXPECT_EQ(choice.otherwise.front().kind, TemplateNode::Kind::kIf);
  EXPECT_EQ(choice.otherwise.front().otherwise.front().text, "d");
}

TEST(ParseTemplate, TrimsWhatItIsToldTo) {
  const auto nodes = ParseTemplate("a \n {{- .A -}} \n b");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  EXPECT_EQ(nodes->front().text, "a");
  EXPECT_EQ(nodes->back().text, "b");
}

TEST(ParseTemplate, NamesWhatIsWrong) {
  EXPECT_EQ(Problem("{{.A-B}}"), "--format: {{.A-B}} names no field");
  EXPECT_EQ(Problem("{{range .A}}"), "--format: {{range .A}} is not closed by {{end}}");
  EXPECT_EQ(Problem("{{end}}"), "--format: {{end}} closes nothing");
  EXPECT_EQ(Problem("{{nope .A}}"), "--format: {{nope .A}} names no function that is there: nope");
  EXPECT_EQ(Problem("{{}}"), "--format: {{}} says nothing");
  EXPECT_EQ(Problem("{{(.A}}"), "--format: {{(.A}} lacks a )");
  EXPECT_EQ(Problem("{{\"a}}"), "--format: nothing closes {{\"a}}");
  EXPECT_EQ(Problem("{{.A .B}}"), "--format: {{.A .B}} gives something to what is no function");
  EXPECT_EQ(Problem(absl::StrCat("{{", std::string(1000, '('))),
            "--format: nothing closes {{" + std::string(1000, '('));
  EXPECT_NE(Problem(absl::StrCat("{{", std::string(1000, '('), "}}")), "");
}

}  // namespace
}  // namespace berth::cli
