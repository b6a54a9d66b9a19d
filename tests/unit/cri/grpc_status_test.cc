// SPDX-License-Identifier: Apache-2.0
#include "cri/grpc_status.h"

#include <cerrno>
#include <string>

#include "gtest/gtest.h"

#include "base/status.h"

namespace berth::cri {
namespace {

TEST(GrpcStatus, KeepsCodeAndMessage) {
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError("no such pod"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no such pod");
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(GrpcStatus, HidesNotFoundThatTheKernelReported) {
  for (int code : {ENOENT, EEXIST, EACCES}) {
    const absl::Status kernel = ErrnoStatus({code, "openat"}, "open a file of ours");
    EXPECT_EQ(ToGrpcStatus(kernel).error_code(), grpc::StatusCode::INTERNAL) << code;
    EXPECT_EQ(ToGrpcStatus(Annotate(kernel, "start")).error_code(), grpc::StatusCode::INTERNAL);
  }
}

TEST(GrpcStatus, KeepsResourceExhaustedThatTheKernelReported) {
  EXPECT_EQ(ToGrpcStatus(ErrnoStatus({ENOSPC, "write"}, "write a blob")).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(GrpcStatus, SendsTheStringsOfTheKubeletAsUnknown) {
  EXPECT_EQ(ToGrpcStatus(absl::InvalidArgumentError("RROUnsupported: x")).error_code(),
            grpc::StatusCode::UNKNOWN);
}

TEST(GrpcStatus, CutsLongMessagesAndJoinsLines) {
  const grpc::Status status =
      ToGrpcStatus(absl::InternalError("a\nb" + std::string(2 * kMaxErrorMessage, 'x')));
  EXPECT_EQ(status.error_message().size(), kMaxErrorMessage);
  EXPECT_EQ(ToGrpcStatus(absl::InternalError("no \xff")).error_message(), "no \xef\xbf\xbd");
  EXPECT_EQ(status.error_message().substr(0, 4), "a bx");
}

}  // namespace
}  // namespace berth::cri
