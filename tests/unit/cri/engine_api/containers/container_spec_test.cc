// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/container_spec.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

TEST(ContainerSpec, ReadsWhatIsAskedFor) {
  const auto spec =
      ParseContainerSpec({{"Cmd", "ls"}, {"Tty", true}, {"StopTimeout", 3}, {"Unknown", 7}},
                         {{"Memory", 64 << 20},
                          {"RestartPolicy", {{"Name", "on-failure"}, {"MaximumRetryCount", 2}}}});
  ASSERT_THAT(spec, test::IsOk());
  EXPECT_EQ(spec->command, std::vector<std::string>{"ls"});
  EXPECT_TRUE(spec->terminal);
  EXPECT_EQ(spec->stop_timeout, 3);
  EXPECT_EQ(spec->resources.memory, 64 << 20);
  EXPECT_EQ(spec->restart.max_retries, 2);
}

TEST(ContainerSpec, RefusesNonsenseByName) {
  const std::pair<Json, const char*> cases[] = {
      {{{"Memory", "x"}}, "HostConfig.Memory"},
      {{{"Memory", 1}}, "Minimum memory limit"},
      {{{"MemorySwap", 1}}, "set the Memory limit"},
      {{{"MemoryReservation", 1}}, "Minimum memory reservation"},
      {{{"Memory", 8 << 20}, {"MemoryReservation", 9 << 20}}, "less than memory reservation"},
      {{{"NanoCpus", 1}, {"CpuQuota", 1}}, "Nano CPUs"},
      {{{"ShmSize", -1}}, "SHM size"},
      {{{"DeviceCgroupRules", {"all"}}}, "invalid device cgroup rule format: 'all'"},
      {{{"RestartPolicy", {{"Name", "often"}}}}, "unknown policy"},
      {{{"AutoRemove", true}, {"RestartPolicy", {{"Name", "always"}}}}, "AutoRemove"},
      {{{"Binds", {"/a:/x", "/b:/x"}}}, "Duplicate mount point"},
  };
  for (const auto& [host_config, error] : cases) {
    EXPECT_THAT(ParseContainerSpec(Json::object(), host_config),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
  }
}

TEST(ContainerSpec, VolumesArePaths) {
  const auto with = [](const char* path) {
    return ParseContainerSpec({{"Volumes", {{path, Json::object()}}}}, Json::object());
  };
  EXPECT_THAT(with("/data"), test::IsOk());
  const std::pair<const char*, const char*> cases[] = {
      {"/", "is no path for a volume"},
      {"data", "is no path for a volume"},
      {"v:/data", "volume name is too short"},
      {"vol:/data", "is no path for a volume"},
  };
  for (const auto& [path, error] : cases) {
    EXPECT_THAT(with(path), test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(error)));
  }
}

TEST(ContainerSpec, Names) {
  EXPECT_EQ(ParseContainerName("/web_1").value(), "web_1");
  for (const char* bad : {"", "a", "-x", "a b", "a/b"}) {
    EXPECT_FALSE(ParseContainerName(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace berth::cri
