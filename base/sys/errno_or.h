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

// Returns from a function of sys::Result type when `expr` failed.
#define SYS_RETURN_IF_ERROR(expr)                     \
  do {                                                \
    if (auto sys_result = (expr); !sys_result.ok()) { \
      return sys_result.error();                      \
    }                                                 \
  } while (false)

}  // namespace berth::sys
