// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/signing_key.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

KERNEL_TEST(SigningKey, IsMadeOnceAndKept) {
  test::TempDir space;
  const std::string path = space.Join("key");
  ASSERT_OK_AND_ASSIGN(const SigningKey first, SigningKey::Open(path));
  ASSERT_OK_AND_ASSIGN(const SigningKey second, SigningKey::Open(path));
  const std::string signature = first.Sign("text");
  EXPECT_EQ(signature.size(), 64u);
  EXPECT_EQ(second.Sign("text"), signature);
  EXPECT_TRUE(second.Verify("text", signature));
  EXPECT_FALSE(second.Verify("text.", signature));
  EXPECT_FALSE(second.Verify("text", signature.substr(1)));
  EXPECT_FALSE(second.Verify("text", ""));
  EXPECT_NE(second.Sign("text."), signature);
  struct stat info = {};
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  ASSERT_OK_AND_ASSIGN(const SigningKey other, SigningKey::Open(space.Join("other")));
  EXPECT_NE(other.Sign("text"), signature);
}

// As computed by `openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…`.
KERNEL_TEST(SigningKey, IsHmacSha256) {
  test::TempDir space;
  std::string hex;
  for (int i = 0; i < 32; ++i) {
    hex += "01";
  }
  std::ofstream(space.Join("key")) << hex << "\n";
  ASSERT_EQ(chmod(space.Join("key").c_str(), 0600), 0);
  ASSERT_OK_AND_ASSIGN(const SigningKey key, SigningKey::Open(space.Join("key")));
  EXPECT_EQ(key.Sign("text"), "8e6a894e93d8bb0d89134520ae74e70d764ee71b8079c7ff4869ff21968a532d");
}

KERNEL_TEST(SigningKey, RefusesWhatOthersCanReadAndWhatIsNone) {
  test::TempDir space;
  const std::string path = space.Join("key");
  ASSERT_THAT(SigningKey::Open(path), IsOk());
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_THAT(SigningKey::Open(path).status(), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  std::ofstream(path) << "short\n";
  EXPECT_THAT(SigningKey::Open(path).status(), StatusIs(absl::StatusCode::kFailedPrecondition));
  std::filesystem::create_symlink(path, space.Join("link"));
  EXPECT_FALSE(SigningKey::Open(space.Join("link")).ok());
}

}  // namespace
}  // namespace berth::imageservice
