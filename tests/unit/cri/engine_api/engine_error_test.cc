// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_error.h"

#include "gtest/gtest.h"

#include "base/status.h"

namespace berth::cri {
namespace {

TEST(HttpCodeOf, IsWhatDockerAnswers) {
  EXPECT_EQ(HttpCodeOf(absl::InvalidArgumentError("")), 400);
  EXPECT_EQ(HttpCodeOf(absl::NotFoundError("")), 404);
  EXPECT_EQ(HttpCodeOf(absl::AlreadyExistsError("")), 409);
  EXPECT_EQ(HttpCodeOf(absl::FailedPreconditionError("")), 409);
  EXPECT_EQ(HttpCodeOf(absl::UnimplementedError("")), 501);
  EXPECT_EQ(HttpCodeOf(absl::ResourceExhaustedError("")), 503);
  EXPECT_EQ(HttpCodeOf(absl::UnauthenticatedError("")), 500);
  EXPECT_EQ(HttpCodeOf(absl::InternalError("")), 500);
  EXPECT_EQ(HttpCodeOf(ErrnoStatus({ENOENT, "open"}, "read a file of ours")), 500);
}

TEST(ErrorBody, IsJson) {
  EXPECT_EQ(ErrorBody(absl::NotFoundError("no \"x\"")), R"({"message":"no \"x\""})");
  EXPECT_EQ(ErrorLine(absl::InternalError("x")), R"({"error":"x","errorDetail":{"message":"x"}})");
}

}  // namespace
}  // namespace berth::cri
