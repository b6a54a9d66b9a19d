// SPDX-License-Identifier: Apache-2.0
#include "base/status.h"

#include <cerrno>
#include <string>

#include "absl/strings/cord.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::HasSubstr;

TEST(Status, TellsWhatWasDoneWhichCallFailedAndWhy) {
  absl::Status status = ErrnoStatus({EINVAL, "fsconfig"}, "mount layer sha256:ab");
  EXPECT_EQ(status.message(), "mount layer sha256:ab: fsconfig: Invalid argument");
}

TEST(Status, GivesEachErrnoOneCode) {
  struct {
    int errno_value;
    absl::StatusCode code;
  } const cases[] = {
      {ENOENT, absl::StatusCode::kNotFound},
      {EEXIST, absl::StatusCode::kAlreadyExists},
      {ENOSPC, absl::StatusCode::kResourceExhausted},
      {EDQUOT, absl::StatusCode::kResourceExhausted},
      {EMFILE, absl::StatusCode::kResourceExhausted},
      {ENOMEM, absl::StatusCode::kResourceExhausted},
      {EACCES, absl::StatusCode::kPermissionDenied},
      {EPERM, absl::StatusCode::kPermissionDenied},
      {ETIMEDOUT, absl::StatusCode::kDeadlineExceeded},
      {EINVAL, absl::StatusCode::kInternal},
      {ENODEV, absl::StatusCode::kInternal},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(ErrnoStatus({c.errno_value, "call"}, "test").code(), c.code) << c.errno_value;
  }
}

TEST(Status, RemembersThatItCameFromTheKernel) {
  absl::Status status = ErrnoStatus({ENOENT, "openat"}, "read");
  EXPECT_TRUE(IsFromKernel(status));
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_FALSE(IsFromKernel(absl::NotFoundError("no such pod")));
  EXPECT_FALSE(IsFromKernel(absl::OkStatus()));
}

TEST(Status, KeepsItsOriginWhenAnnotated) {
  absl::Status status = Annotate(ErrnoStatus({ENOENT, "openat"}, "read"), "start");
  EXPECT_EQ(status.message(), "start: read: openat: No such file or directory");
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_THAT(Annotate(absl::OkStatus(), "start"), IsOk());
}

TEST(Status, TakesNoNumberFromAForgedPayload) {
  absl::Status status = absl::InternalError("x");
  status.SetPayload("berth/errno", absl::Cord("not a number"));
  EXPECT_EQ(ErrnoOf(status), std::nullopt);
}

TEST(Status, CarriesTheValueOfASuccess) {
  EXPECT_THAT(ToStatusOr(sys::ErrnoOr<int>(7), "count"), IsOkAndHolds(7));
  EXPECT_THAT(ToStatus(sys::ErrnoOr<int>(7), "count"), IsOk());
  EXPECT_THAT(ToStatusOr(sys::ErrnoOr<int>(sys::Errno{EBADF, "dup"}), "count ", 3),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("count 3: dup")));
}

absl::StatusOr<int> Twice(absl::StatusOr<int> number) {
  ASSIGN_OR_RETURN(int value, std::move(number));
  RETURN_IF_ERROR(value < 0 ? absl::OutOfRangeError("negative") : absl::OkStatus());
  return 2 * value;
}

TEST(Status, MacrosReturnTheFirstError) {
  EXPECT_THAT(Twice(4), IsOkAndHolds(8));
  EXPECT_THAT(Twice(-1), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Twice(absl::AbortedError("x")), StatusIs(absl::StatusCode::kAborted));
}

}  // namespace
}  // namespace berth
