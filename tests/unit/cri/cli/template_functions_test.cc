// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_functions.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Call(const std::string& name, const std::vector<Json>& arguments) {
  const absl::StatusOr<Json> value = CallTemplateFunction(name, arguments);
  return value.ok() ? TemplateText(*value) : std::string(value.status().message());
}

TEST(TemplateFunctions, ChangeText) {
  EXPECT_EQ(Call("title", {"up and down"}), "Up And Down");
  EXPECT_EQ(Call("split", {"a:b", ":"}), "[a b]");
  EXPECT_EQ(Call("pad", {"a", 1, 2}), " a  ");
  EXPECT_EQ(Call("truncate", {"abcdef", 3}), "abc");
  EXPECT_EQ(Call("slice", {"abcdef", 1, 3}), "bc");
  EXPECT_EQ(Call("println", {"a", 1}), "a 1\n");
  EXPECT_EQ(Call("print", {1, 2, "a", "b"}), "1 2ab");
  EXPECT_EQ(Call("printf", {"%-4s|%3d|%q|%v%%", "ab", 7, "x", true}), "ab  |  7|\"x\"|true%");
  EXPECT_EQ(Call("printf", {"%4x|%x", 255, "az"}), "  ff|617a");
}

TEST(TemplateFunctions, EscapeText) {
  EXPECT_EQ(Call("html", {"\"<a> & 'b'\""}), "&#34;&lt;a&gt; &amp; &#39;b&#39;&#34;");
  EXPECT_EQ(Call("js", {"\"a\"<\n"}), "\\\"a\\\"\\u003C\\u000A");
  EXPECT_EQ(Call("urlquery", {"sh -c a/b"}), "sh+-c+a%2Fb");
}

TEST(TemplateFunctions, FindNothingAsGoDoes) {
  EXPECT_EQ(Call("index", {{{"a", "1"}}, "b"}), "");
  EXPECT_EQ(Call("index", {{{"a", 1}}, "b"}), "<no value>");
}

TEST(TemplateFunctions, Compare) {
  EXPECT_EQ(Call("eq", {1, 2, 1}), "true");
  EXPECT_EQ(Call("eq", {1, "1"}), "false");
  EXPECT_EQ(Call("ne", {"a", "b"}), "true");
  EXPECT_EQ(Call("le", {2, 2}), "true");
  EXPECT_EQ(Call("lt", {"b", "a"}), "false");
  EXPECT_EQ(Call("or", {"", 0, "x"}), "x");
  EXPECT_EQ(Call("and", {"x", 0, 2}), "0");
  EXPECT_EQ(Call("not", {Json::array()}), "true");
}

TEST(TemplateFunctions, RefuseWhatTheyDoNotTake) {
  EXPECT_EQ(Call("lt", {1, "a"}), "--format: only two numbers or two texts can be compared");
  EXPECT_EQ(Call("index", {Json::array({1}), 1}), "--format: index: the list has no 1");
  EXPECT_EQ(Call("index", {1, 1}), "--format: index: nothing can be at 1");
  EXPECT_EQ(Call("len", {1}), "--format: len of what has no length");
  EXPECT_EQ(Call("slice", {"abc", 2, 9}), "--format: slice: there is no 9");
  EXPECT_EQ(Call("printf", {"%2000d", 1}), "--format: printf: the width is too large");
  EXPECT_EQ(Call("upper", {}), "--format: upper takes 1 values, not 0");
  EXPECT_EQ(Call("pad", {"a", 1, 5000}), "--format: pad takes a text and two numbers");
}

}  // namespace
}  // namespace berth::cli
