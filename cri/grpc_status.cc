// SPDX-License-Identifier: Apache-2.0
#include "cri/grpc_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "base/status.h"
#include "base/utf8.h"
#include "proto/kubelet_errors.h"

namespace berth::cri {
namespace {

static_assert(static_cast<int>(absl::StatusCode::kNotFound) == grpc::StatusCode::NOT_FOUND);
static_assert(static_cast<int>(absl::StatusCode::kUnauthenticated) ==
              grpc::StatusCode::UNAUTHENTICATED);
static_assert(static_cast<int>(absl::StatusCode::kDataLoss) == grpc::StatusCode::DATA_LOSS);

constexpr const char* kKubeletErrors[] = {kRegistryUnavailable, kRecursiveReadOnlyUnsupported,
                                          kImageVolumeMountFailed};

bool MeansAnObjectOfTheCaller(absl::StatusCode code) {
  return code == absl::StatusCode::kNotFound || code == absl::StatusCode::kAlreadyExists ||
         code == absl::StatusCode::kPermissionDenied;
}

absl::StatusCode OutgoingCode(const absl::Status& status) {
  for (const char* prefix : kKubeletErrors) {
    if (absl::StartsWith(status.message(), prefix)) {
      return absl::StatusCode::kUnknown;
    }
  }
  if (IsFromKernel(status) && MeansAnObjectOfTheCaller(status.code())) {
    return absl::StatusCode::kInternal;
  }
  return status.code();
}

std::string OneLine(absl::string_view message) {
  std::string line = ValidUtf8(message.substr(0, kMaxErrorMessage));
  line = ValidUtf8(absl::string_view(line).substr(0, kMaxErrorMessage));  // it may have grown
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return line;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  return grpc::Status(static_cast<grpc::StatusCode>(OutgoingCode(status)),
                      OneLine(status.message()));
}

}  // namespace berth::cri
