// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <ostream>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

#include "base/sys/errno_or.h"

namespace berth::sys {

// How a failed expectation shows it.
inline void PrintTo(const Errno& error, std::ostream* out) {
  *out << error.call << ": errno " << error.code;
}

}  // namespace berth::sys

// Matchers for absl::Status, absl::StatusOr and sys::ErrnoOr:
//   EXPECT_THAT(Remove(id), IsOk());
//   EXPECT_THAT(Find(id), IsOkAndHolds(Field(&Pod::name, "a")));
//   EXPECT_THAT(Find(id), StatusIs(absl::StatusCode::kNotFound, HasSubstr("pod")));
//   EXPECT_THAT(sys::Stat(fd), ErrnoIs(EBADF));
namespace berth::test {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

template <typename T>
void ExplainFailure(const T& result, ::testing::MatchResultListener* listener) {
  if constexpr (requires { result.error(); }) {
    *listener << result.error().call << ": errno " << result.error().code;
  } else {
    *listener << StatusOf(result);
  }
}

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  if (!arg.ok()) {
    ExplainFailure(arg, result_listener);
  }
  return arg.ok();
}

MATCHER_P(IsOkAndHolds, value, "is OK and its value matches") {
  if (!arg.ok()) {
    ExplainFailure(arg, result_listener);
    return false;
  }
  return ::testing::ExplainMatchResult(value, *arg, result_listener);
}

MATCHER_P2(StatusIs, code, message, "has the code and its message matches") {
  const absl::Status& status = StatusOf(arg);
  *result_listener << status;
  return status.code() == code &&
         ::testing::ExplainMatchResult(message, std::string(status.message()), result_listener);
}

inline auto StatusIs(absl::StatusCode code) {
  return StatusIs(code, ::testing::_);
}

MATCHER_P(ErrnoIs, code, "") {
  if (arg.ok()) {
    *result_listener << "which is OK";
    return false;
  }
  ExplainFailure(arg, result_listener);
  return arg.error().code == code;
}

}  // namespace berth::test

// Ends the test unless `expr` is OK; else gives its value to `lhs`.
#define ASSERT_OK_AND_ASSIGN(lhs, expr) \
  ASSERT_OK_AND_ASSIGN_INNER(BERTH_TEST_CONCAT(berth_or_, __LINE__), lhs, expr)
#define ASSERT_OK_AND_ASSIGN_INNER(result, lhs, expr) \
  auto result = (expr);                               \
  ASSERT_THAT(result, ::berth::test::IsOk());         \
  lhs = *std::move(result)
#define BERTH_TEST_CONCAT(a, b) BERTH_TEST_CONCAT_INNER(a, b)
#define BERTH_TEST_CONCAT_INNER(a, b) a##b
