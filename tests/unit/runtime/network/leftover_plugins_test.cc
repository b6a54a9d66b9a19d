// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/leftover_plugins.h"

#include <string>

#include "gtest/gtest.h"

namespace berth::runtime {
namespace {

std::string Environment(std::initializer_list<const char*> variables) {
  std::string text;
  for (const char* variable : variables) {
    text += variable;
    text += '\0';
  }
  return text;
}

TEST(LeftoverPlugins, AreThoseOfOurPodsOnly) {
  const PodIds pods = {"p1", "p2"};
  EXPECT_TRUE(IsPluginOf(pods, Environment({"A=1", "CNI_COMMAND=ADD", "CNI_CONTAINERID=p2"})));
  EXPECT_FALSE(IsPluginOf(pods, Environment({"CNI_COMMAND=ADD", "CNI_CONTAINERID=p3"})));
  EXPECT_FALSE(IsPluginOf(pods, Environment({"CNI_COMMAND=GC"})));
  EXPECT_FALSE(IsPluginOf(pods, Environment({"CNI_CONTAINERID=p1"})));
  EXPECT_FALSE(IsPluginOf(pods, Environment({"CNI_COMMAND=ADD", "XCNI_CONTAINERID=p1"})));
  EXPECT_FALSE(IsPluginOf(pods, ""));
}

}  // namespace
}  // namespace berth::runtime
