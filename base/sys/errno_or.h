// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <optional>
#include <utility>

namespace berth::sys {

// Which call failed, and how. `call` is a string literal.
struct Errno {
  int code = 0;
  const char* call = "";

  // The error of the call that has just failed on this thread.
  static Errno Last(const char* call) { return Errno{errno, call}; }
};

// A value, or the Errno of the call that did not produce it. Allocates nothing of its own, so it is
// usable in the shim and between clone and exec.
template <typename T>
class [[nodiscard]] ErrnoOr {
 public:
  ErrnoOr(T value)
      : value_(std::move(value)) {}        // NOLINT(google-explicit-constructor) a result type
  ErrnoOr(Errno error) : error_(error) {}  // NOLINT(google-explicit-constructor) a result type

  bool ok() const { return value_.has_value(); }
  Errno error() const { return error_; }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T&& operator*() && { return *std::move(value_); }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Errno error_;
};

struct Done {};  // what a call returns that has nothing to return
using Result = ErrnoOr<Done>;

// The Result of a call that returns -1 and sets errno when it fails.
inline Result ResultOf(long outcome, const char* call) {
  return outcome < 0 ? Result(Errno::Last(call)) : Result(Done{});
}

// Returns from a function of an ErrnoOr type when `expr` failed.
#define SYS_RETURN_IF_ERROR(expr)                     \
  do {                                                \
    if (auto sys_result = (expr); !sys_result.ok()) { \
      return sys_result.error();                      \
    }                                                 \
  } while (false)

#define BERTH_CONCAT_INNER(a, b) a##b
#define BERTH_CONCAT(a, b) BERTH_CONCAT_INNER(a, b)

// The same, and else gives `lhs` the value.
#define SYS_ASSIGN_OR_RETURN(lhs, expr) \
  SYS_ASSIGN_OR_RETURN_INNER(BERTH_CONCAT(sys_or_, __LINE__), lhs, expr)
#define SYS_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                               \
  if (!result.ok()) {                                 \
    return result.error();                            \
  }                                                   \
  lhs = *std::move(result)

}  // namespace berth::sys
