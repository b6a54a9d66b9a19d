// SPDX-License-Identifier: Apache-2.0
#include "tests/support/skip_policy.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berth::test {
namespace {

bool IsAllowed(const std::string& name) {
  std::ifstream list(BERTH_SOURCE_DIR "/tests/allowed_skips.txt");
  for (std::string line; std::getline(list, line);) {
    if (absl::StartsWith(line, absl::StrCat(name, " "))) {
      return true;
    }
  }
  return false;
}

}  // namespace

void SkipPolicy::OnTestEnd(const ::testing::TestInfo& test) {
  const char* ci = getenv("CI");
  if (!test.result()->Skipped() || ci == nullptr || std::string(ci) != "1") {
    return;
  }
  const std::string name = absl::StrCat(test.test_suite_name(), ".", test.name());
  if (!IsAllowed(name)) {
    ADD_FAILURE() << name << " was skipped, and tests/allowed_skips.txt does not list it";
  }
}

}  // namespace berth::test
