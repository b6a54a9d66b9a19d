// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/sys/errno_or.h"

namespace berth {

// Turns a kernel error into a Status "<context>: <call>: <strerror>", marked as coming from the
// kernel (see IsFromKernel). ENOENT becomes NotFound, EEXIST AlreadyExists, a lack of space or
// descriptors ResourceExhausted, EACCES/EPERM PermissionDenied, ETIMEDOUT DeadlineExceeded, the
// rest Internal.
absl::Status ErrnoStatus(const sys::Errno& error, absl::string_view context);

// The same for the result of a call, OK when the call succeeded. The context is formatted only on
// failure.
template <typename T, typename... Parts>
absl::Status ToStatus(const sys::ErrnoOr<T>& result, const Parts&... context) {
  static_assert(sizeof...(context) > 0, "say what was being done");
  return result.ok() ? absl::OkStatus() : ErrnoStatus(result.error(), absl::StrCat(context...));
}

// A value or the Status of why not, with context.
template <typename T, typename... Parts>
absl::StatusOr<T> ToStatusOr(sys::ErrnoOr<T> result, const Parts&... context) {
  static_assert(sizeof...(context) > 0, "say what was being done");
  if (!result.ok()) {
    return ErrnoStatus(result.error(), absl::StrCat(context...));
  }
  return *std::move(result);
}

// True when ErrnoStatus made it. Such a NotFound is about a file of ours, never about a pod, so it
// must not leave the daemon as NotFound (cri/grpc_status).
bool IsFromKernel(const absl::Status& status);

// The errno inside a status made by ErrnoStatus.
std::optional<int> ErrnoOf(const absl::Status& status);

// The same status with "<context>: " before its message; payloads are kept.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

// For a failure that is dropped on purpose: logs it as a warning with `what`.
void LogIfError(const absl::Status& status, absl::string_view what);

#define RETURN_IF_ERROR(expr)                                     \
  do {                                                            \
    if (absl::Status berth_status = (expr); !berth_status.ok()) { \
      return berth_status;                                        \
    }                                                             \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(BERTH_CONCAT(berth_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                           \
  if (!result.ok()) {                             \
    return std::move(result).status();            \
  }                                               \
  lhs = *std::move(result)

}  // namespace berth
