// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/plan_mapping.h"

#include <fcntl.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "runtime/plan/launch_plan.h"

namespace berth::shim {
namespace {

sys::ErrnoOr<PlanMapping> MapBytes(const std::string& bytes) {
  sys::ErrnoOr<sys::Fd> file = sys::SealedMemoryFile("plan", bytes.data(), bytes.size());
  EXPECT_TRUE(file.ok());
  return PlanMapping::Map(file->get());
}

TEST(PlanMapping, ShowsTheBytesAfterTheFileIsClosed) {
  sys::ErrnoOr<PlanMapping> mapping = MapBytes("plan");
  ASSERT_TRUE(mapping.ok());
  EXPECT_EQ(std::string(mapping->bytes(), mapping->size()), "plan");
}

TEST(PlanMapping, RefusesWhatMayChangeOrIsNoPlan) {
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, "/proc/self/exe", O_RDONLY);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(PlanMapping::Map(file->get()).error().code, EPERM);
  EXPECT_EQ(PlanMapping::Map(-1).error().code, EPERM);
  EXPECT_EQ(MapBytes("").error().code, EBADMSG);
  EXPECT_EQ(MapBytes(std::string(runtime::kMaxPlanSize + 1, 'x')).error().code, E2BIG);
}

}  // namespace
}  // namespace berth::shim
