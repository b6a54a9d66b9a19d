// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/owner_names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<Owner> Parse(absl::string_view text) {
  return ParseOwner(text, [](absl::string_view path) -> absl::StatusOr<std::string> {
    if (path == "/etc/passwd") {
      return "root:x:0:0::/root:/bin/sh\nbad\nweb:x:33:44::/:\n";
    }
    return path == "/etc/group" ? absl::StatusOr<std::string>("staff:x:50:\n")
                                : absl::NotFoundError("none");
  });
}

TEST(ParseOwner, ReadsNamesAndNumbers) {
  EXPECT_THAT(Parse("5"), IsOkAndHolds(Owner{5, 5}));
  EXPECT_THAT(Parse("5:6"), IsOkAndHolds(Owner{5, 6}));
  EXPECT_THAT(Parse("web"), IsOkAndHolds(Owner{33, 44}));
  EXPECT_THAT(Parse("web:staff"), IsOkAndHolds(Owner{33, 50}));
  EXPECT_THAT(Parse("1:staff"), IsOkAndHolds(Owner{1, 50}));
}

TEST(ParseOwner, NamesWhoIsNotThere) {
  EXPECT_THAT(Parse("who"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("user who")));
  EXPECT_THAT(Parse("web:x"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("group x")));
  EXPECT_THAT(Parse("bad"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Parse(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseOwner("a",
                         [](absl::string_view) -> absl::StatusOr<std::string> {
                           return absl::NotFoundError("");
                         }),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::imageservice
