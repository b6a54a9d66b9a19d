// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/image_platform.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

imageservice::Image Of(const std::string& architecture, const std::string& variant = "") {
  imageservice::Image image;
  image.os = "linux";
  image.architecture = architecture;
  image.variant = variant;
  return image;
}

// Of a request with such parameters `platform`, each without the braces.
absl::Status IsOf(const std::vector<std::string>& platforms, const imageservice::Image& image) {
  EngineRequest request;
  for (const std::string& platform : platforms) {
    request.fields.emplace_back("platform", "{" + platform + "}");
  }
  return CheckIsOf(request, "platform", "app", image);
}

constexpr char kAmd64[] = R"("os":"linux","architecture":"amd64")";
constexpr char kArm64[] = R"("os":"linux","architecture":"arm64","variant":"v8")";

TEST(ImagePlatform, APlatformIsTheImagesOrIsPulled) {
  EXPECT_THAT(CheckRunsOn("", "app", Of("amd64")), test::IsOk());
  EXPECT_THAT(CheckRunsOn("linux/x86_64", "app", Of("amd64")), test::IsOk());
  EXPECT_THAT(CheckRunsOn("linux/arm64", "app", Of("amd64")),
              test::StatusIs(absl::StatusCode::kNotFound,
                             "image with reference app was found but does not provide the "
                             "specified platform (linux/arm64)"));
  EXPECT_THAT(CheckRunsOn("linux/arm/v7", "app", Of("arm", "v7")), test::IsOk());
  EXPECT_EQ(CheckRunsOn("linux/arm/v6", "app", Of("arm", "v7")).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(CheckRunsOn("nonsense", "app", Of("arm")).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ImagePlatform, AParameterMeansThatPlatformAlone) {
  EXPECT_THAT(IsOf({}, Of("amd64")), test::IsOk());
  EXPECT_THAT(IsOf({kAmd64}, Of("amd64")), test::IsOk());
  EXPECT_THAT(IsOf({kArm64}, Of("arm64")), test::IsOk());
  EXPECT_THAT(IsOf({kAmd64, kArm64}, Of("amd64")),
              test::StatusIs(absl::StatusCode::kNotFound, HasSubstr("(linux/arm64)")));
  EXPECT_EQ(IsOf({kArm64}, Of("arm", "v7")).code(), absl::StatusCode::kNotFound)
      << "which it could run";
}

TEST(ImagePlatform, WhatIsNoPlatformIsRefused) {
  for (const char* bad : {"", R"("os":"linux")", "nonsense"}) {
    EXPECT_EQ(IsOf({bad}, Of("amd64")).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace berth::cri
