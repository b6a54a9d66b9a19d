// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

#include "base/log.h"

namespace berth {
namespace {

constexpr absl::string_view kErrnoPayload = "berth/errno";

absl::StatusCode CodeOf(int code) {
  switch (code) {
    case ENOENT:
      return absl::StatusCode::kNotFound;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return absl::StatusCode::kResourceExhausted;
    case EACCES:
    case EPERM:
      return absl::StatusCode::kPermissionDenied;
    case ETIMEDOUT:
      return absl::StatusCode::kDeadlineExceeded;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

absl::Status ErrnoStatus(const sys::Errno& error, absl::string_view context) {
  absl::Status status(
      CodeOf(error.code),
      absl::StrCat(context, ": ", error.call, ": ", std::generic_category().message(error.code)));
  status.SetPayload(kErrnoPayload, absl::Cord(absl::StrCat(error.code)));
  return status;
}

bool IsFromKernel(const absl::Status& status) {
  return ErrnoOf(status).has_value();
}

std::optional<int> ErrnoOf(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kErrnoPayload);
  int code = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &code)) {
    return std::nullopt;
  }
  return code;
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) {
    return status;
  }
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&annotated](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

void LogIfError(const absl::Status& status, absl::string_view what) {
  if (!status.ok()) {
    LogWarning(what, {{"error", status.message()}});
  }
}

}  // namespace berth
