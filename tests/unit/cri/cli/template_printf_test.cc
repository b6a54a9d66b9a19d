// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_printf.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Printed(absl::string_view format, const std::vector<Json>& values) {
  const absl::StatusOr<std::string> text = FormatAsGo(format, values);
  return text.ok() ? *text : std::string(text.status().message());
}

// What docker 28's own templates give for the same.
TEST(FormatAsGo, HasGosVerbs) {
  EXPECT_EQ(Printed("%-10s|%10s|%q|%v|%x|%X|%5.2s|%T",
                    {"done", "done", "done", "done", "done", "done", "done", "done"}),
            "done      |      done|\"done\"|done|646f6e65|646F6E65|   do|string");
  EXPECT_EQ(Printed("%d %o %x %X %f %e %g %t %% %c %U %b %08.3f %+d %5d|%-5d|",
                    {10, 10, 255, 255, 1.5, 1.5, 1.5, true, 65, 65, 5, 3.14159, 5, 42, 42}),
            "10 12 ff FF 1.500000 1.500000e+00 1.5 true % A U+0041 101 0003.142 +5    42|42   |");
  EXPECT_EQ(Printed("%05d|%x|%#x|%.3d|% d|%v", {-42, -255, 255, 7, 7, -3}),
            "-0042|-ff|0xff|007| 7|-3");
  EXPECT_EQ(Printed("%q %c", {"a\"\n\x01\\", 228}), "\"a\\\"\\n\\x01\\\\\" \xc3\xa4");
  EXPECT_EQ(Printed("%v %v %g %.3g %E", {100000.0, 1000000.0, 0.00001, 2.0 / 3, 1.5}),
            "100000 1e+06 1e-05 0.667 1.500000E+00");
  EXPECT_EQ(Printed("%3s|%.1s", {"\xc3\xa4", "\xc3\xa4z"}), "  \xc3\xa4|\xc3\xa4");
}

TEST(FormatAsGo, GoesIntoListsAndMaps) {
  EXPECT_EQ(Printed("%v %q %d", {Json({"a", 1}), Json({"a", "b"}), Json({1, 2})}),
            "[a 1] [\"a\" \"b\"] [1 2]");
  EXPECT_EQ(Printed("%v %v", {Json({{"b", 1}, {"a", "x"}}), nullptr}), "map[a:x b:1] <nil>");
}

TEST(FormatAsGo, SaysInTheTextWhatDoesNotFit) {
  EXPECT_EQ(Printed("%s %d", {5, "x"}), "%!s(int=5) %!d(string=x)");
  EXPECT_EQ(Printed("%z", {1}), "%!z(int=1)");
  EXPECT_EQ(Printed("%d", {}), "%!d(MISSING)");
  EXPECT_EQ(Printed("a", {1, "b"}), "a%!(EXTRA int=1, string=b)");
  EXPECT_EQ(Printed("%t %d", {"x", nullptr}), "%!t(string=x) %!d(<nil>)");
  EXPECT_EQ(Printed("100%", {}), "100%!(NOVERB)");
}

TEST(FormatAsGo, IsBounded) {
  EXPECT_EQ(Printed("%1000d", {1}).size(), 1000U);
  EXPECT_EQ(Printed("%1001d", {1}), "--format: printf: the width is too large");
  EXPECT_EQ(Printed("%.1001f", {1.5}), "--format: printf: the width is too large");
  EXPECT_EQ(Printed("%*d", {1, 2}), "--format: printf takes no width from its values");
  EXPECT_EQ(Printed("%.1000f", {1e308}).size(), 1310U);
}

}  // namespace
}  // namespace berth::cli
