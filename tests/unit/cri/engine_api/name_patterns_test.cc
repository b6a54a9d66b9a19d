// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/name_patterns.h"

#include "gtest/gtest.h"

namespace berth::cri {
namespace {

bool Takes(const std::string& filters, const std::string& name) {
  constexpr absl::string_view kKnown[] = {"name"};
  return NamePatterns(*Filters::Parse(filters, kKnown), "name").Take(name);
}

TEST(NamePatterns, MeanNamesAsDockerDoes) {
  const struct {
    const char* filters;
    const char* name;
    bool takes;
  } cases[] = {
      {R"({})", "web", true},
      {R"({"name":[]})", "web", true},
      {R"({"name":["web"]})", "web", true},
      {R"({"name":["e"]})", "web", true},
      {R"({"name":["^e"]})", "web", false},
      {R"({"name":["^we"]})", "web", true},
      {R"({"name":["eb$"]})", "web", true},
      {R"({"name":["^web$"]})", "web2", false},
      {R"({"name":["^/?web$"]})", "web", true},
      {R"({"name":["w.b"]})", "w1b", true},
      {R"({"name":["db|web"]})", "web", true},
      {R"({"name":["WEB"]})", "web", false},
      {R"({"name":["x","web"]})", "web", true},
      {R"({"name":["("]})", "web", false},
      {R"({"name":["a("]})", "a(", true},
      {R"({"name":["((a{1,999}){1,999}){1,999}"]})", "aaa", false},  // larger than the limit
  };
  for (const auto& each : cases) {
    EXPECT_EQ(Takes(each.filters, each.name), each.takes) << each.filters << " " << each.name;
  }
}

}  // namespace
}  // namespace berth::cri
