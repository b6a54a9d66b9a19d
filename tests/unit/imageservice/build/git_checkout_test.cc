// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/git_checkout.h"

#include <filesystem>

#include "gmock/gmock.h"

#include "tests/fakes/fake_registry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

// What git makes of a repository is in tests/integration/docker_build_remote_test.py.
TEST(GitCheckout, OfNothingFailsInGitsWords) {
  if (!std::filesystem::exists("/usr/bin/git")) {
    GTEST_SKIP() << "no git";
  }
  test::TempDir space;
  test::FakeRegistry server(
      [](const test::FakeRequest&) { return test::FakeAnswer{.status = 404}; });
  const absl::StatusOr<RemoteSource> source = ParseRemoteSource(server.Url("/a.git#v1"));
  ASSERT_THAT(source, test::IsOk());
  EXPECT_THAT(CheckOut(Call(), *source, space.path()),
              test::StatusIs(absl::StatusCode::kUnavailable, HasSubstr("a.git#v1: git: ")));
  EXPECT_THAT(server.targets(), Contains(HasSubstr("/a.git/info/refs")));
}

}  // namespace
}  // namespace berth::imageservice
