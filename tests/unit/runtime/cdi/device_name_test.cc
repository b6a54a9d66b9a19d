// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/device_name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cdi {
namespace {

using ::testing::HasSubstr;

TEST(DeviceName, HasAKindAndADevice) {
  const absl::StatusOr<DeviceName> name = ParseDeviceName("nvidia.com/gpu=GPU-01:2.a_b");
  ASSERT_THAT(name, test::IsOk());
  EXPECT_EQ(name->kind, "nvidia.com/gpu");
  EXPECT_EQ(name->device, "GPU-01:2.a_b");
  EXPECT_THAT(ParseDeviceName("v/c=0"), test::IsOk());
  EXPECT_THAT(ParseDeviceName("v_1-x.y/c_1-x.y=all"), test::IsOk());
}

TEST(DeviceName, IsRefusedWithThePlainText) {
  for (const char* bad : {"", "=", "gpu=0", "/gpu=0", "vendor/=0", "vendor/gpu", "vendor/gpu=",
                          "1vendor/gpu=0", "vendor/1gpu=0", "vendor./gpu=0", "vendor/gpu-=0",
                          "vendor/gpu=-0", "vendor/gpu=0-", "vendor/gpu=0/1", "vendor/gpu=0=1",
                          "ven dor/gpu=0", "vendor/g/pu=0", "vendor/gpu=\xc3\xa9"}) {
    EXPECT_THAT(ParseDeviceName(bad), test::StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_THAT(ParseDeviceName("a\nb").status().message(), HasSubstr("\"a\\nb\""));
  EXPECT_THAT(ParseDeviceName("v/c=" + std::string(kMaxNameLength, '0')),
              test::StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::cdi
