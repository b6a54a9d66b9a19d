// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <ostream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace berth {
namespace {

template <typename T>
concept Printable = requires(T value, std::ostream& out) {
  out << value;
};
template <typename T>
concept Concatenable = requires(T value) {
  absl::StrCat(value);
};

TEST(Secret, PrintsNowhere) {
  EXPECT_FALSE(Printable<Secret>);
  EXPECT_FALSE(Concatenable<Secret>);
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
}

TEST(Secret, IsRevealedByName) {
  EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2");
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("a"), Secret("a"));
}

}  // namespace
}  // namespace berth
