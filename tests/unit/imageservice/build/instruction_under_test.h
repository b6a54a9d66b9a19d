// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/dockerfile_parser.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {

template <typename What>
What ParseAs(absl::string_view text) {
  absl::StatusOr<Instruction> instruction = ParseInstruction(text);
  EXPECT_TRUE(instruction.ok()) << instruction.status();
  if (!instruction.ok() || !std::holds_alternative<What>(instruction->what)) {
    ADD_FAILURE() << "another instruction: " << text;
    return What();
  }
  return std::get<What>(instruction->what);
}

// Each text is refused with the words beside it.
inline void ExpectRefusals(const std::vector<std::pair<std::string, std::string>>& cases) {
  for (const auto& [text, error] : cases) {
    EXPECT_THAT(ParseInstruction(text),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               testing::HasSubstr("dockerfile parse error on line 1: " + error)))
        << text;
  }
}

}  // namespace berth::imageservice
