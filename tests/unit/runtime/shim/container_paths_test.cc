// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/container_paths.h"

#include <array>
#include <string>

#include "gtest/gtest.h"

#include "runtime/shim/path_buffer.h"
#include "runtime/shim/slots.h"

namespace berth::shim {
namespace {

TEST(ContainerPaths, AreCopiesThatOutliveThePlan) {
  runtime::LaunchPlan plan;
  plan.log_path = "/log";
  plan.program.pid_file = "/pid";
  plan.cgroup_directories = {"/a", "/b"};
  std::array<char, 64> space;
  ContainerPaths paths;
  {
    const std::string bytes = Encode(plan);
    sys::ErrnoOr<runtime::LaunchHeader> header =
        runtime::ReadLaunchHeader(bytes.data(), bytes.size());
    ASSERT_TRUE(header.ok());
    ASSERT_TRUE(paths.Copy(*header, space).ok());
  }
  EXPECT_STREQ(paths.log(), "/log");
  EXPECT_STREQ(paths.oom_file(), "");
  EXPECT_STREQ(paths.pid_file(), "/pid");
  ASSERT_EQ(paths.cgroups().size(), 2u);
  EXPECT_STREQ(paths.cgroups()[1], "/b");
}

TEST(ContainerPaths, RefuseWhatDoesNotFit) {
  runtime::LaunchHeader header;
  header.log_path = "/12345678";
  header.oom_file = "";
  header.program.pid_file = "";
  std::array<char, 11> tight;
  EXPECT_EQ(ContainerPaths().Copy(header, tight).error().code, ENAMETOOLONG);
  std::array<char, 12> enough;
  EXPECT_TRUE(ContainerPaths().Copy(header, enough).ok());
}

TEST(PathBuffer, EndsWithANulAndIsFullRatherThanCut) {
  PathBuffer path("/a");
  path.Append("/b-").AppendNumber(0).AppendNumber(4294967295);
  EXPECT_STREQ(path.c_str(), "/a/b-04294967295");
  EXPECT_FALSE(path.full());
  path.Append(std::string(PATH_MAX, 'x'));
  EXPECT_TRUE(path.full());
  EXPECT_EQ(path.text(), "/a/b-04294967295");
}

TEST(Slots, KeepObjectsInPlaceUntilRemoved) {
  Slots<int, 2> slots;
  EXPECT_EQ(slots.FindEmpty(), 0u);
  slots.Put(0, 10);
  int& second = slots.Put(1, 20);
  EXPECT_EQ(slots.FindEmpty(), 2u);
  EXPECT_EQ(slots.Find([](int value) { return value == 20; }), 1u);
  EXPECT_EQ(slots.Find([](int value) { return value == 30; }), 2u);
  slots.Remove(0);
  EXPECT_EQ(slots.At(0), nullptr);
  EXPECT_EQ(slots.At(1), &second);
  EXPECT_EQ(slots.At(2), nullptr);
  slots.ForEach([&slots](size_t number, int) { slots.Remove(number); });
  EXPECT_EQ(slots.At(1), nullptr);
}

}  // namespace
}  // namespace berth::shim
