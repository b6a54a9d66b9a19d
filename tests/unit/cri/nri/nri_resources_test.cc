// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_resources.h"

#include <functional>

#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::nri {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(NriResources, GoThereAndBack) {
  v1::LinuxContainerResources resources;
  resources.set_cpu_period(100000);
  resources.set_cpu_quota(-1);
  resources.set_cpu_shares(512);
  resources.set_memory_limit_in_bytes(64 << 20);
  resources.set_memory_swap_limit_in_bytes(128 << 20);
  resources.set_cpuset_cpus("0-1");
  resources.set_cpuset_mems("0");
  resources.add_hugepage_limits()->set_page_size("2MB");
  resources.mutable_hugepage_limits(0)->set_limit(4 << 20);
  (*resources.mutable_unified())["memory.high"] = "1000000";
  (*resources.mutable_unified())["pids.max"] = "100";
  const api::LinuxResources there = ToNriResources(resources);
  EXPECT_EQ(there.pids().limit(), 100);
  EXPECT_EQ(there.unified().count("pids.max"), 0u);
  ASSERT_OK_AND_ASSIGN(const v1::LinuxContainerResources back, ToCriResources(there));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(back, resources))
      << back.DebugString();
}

TEST(NriResources, WhatIsUnsetIsAbsent) {
  const api::LinuxResources there = ToNriResources({});
  EXPECT_FALSE(there.memory().has_limit());
  EXPECT_FALSE(there.cpu().has_shares());
  EXPECT_FALSE(there.has_pids());
}

TEST(NriResources, AReservationIsProtectedMemory) {
  api::LinuxResources resources;
  resources.mutable_memory()->mutable_reservation()->set_value(4096);
  ASSERT_OK_AND_ASSIGN(const v1::LinuxContainerResources back, ToCriResources(resources));
  EXPECT_EQ(back.unified().at("memory.low"), "4096");
}

TEST(NriResources, WhatBerthDoesNotDoIsRefusedByName) {
  struct Case {
    const char* name;
    std::function<void(api::LinuxResources&)> set;
  };
  const Case cases[] = {
      {"memory.kernel", [](auto& r) { r.mutable_memory()->mutable_kernel()->set_value(1); }},
      {"memory.kernel_tcp",
       [](auto& r) { r.mutable_memory()->mutable_kernel_tcp()->set_value(1); }},
      {"memory.swappiness",
       [](auto& r) { r.mutable_memory()->mutable_swappiness()->set_value(0); }},
      {"memory.disable_oom_killer",
       [](auto& r) { r.mutable_memory()->mutable_disable_oom_killer()->set_value(true); }},
      {"memory.use_hierarchy",
       [](auto& r) { r.mutable_memory()->mutable_use_hierarchy()->set_value(false); }},
      {"cpu.realtime", [](auto& r) { r.mutable_cpu()->mutable_realtime_runtime()->set_value(1); }},
      {"blockio_class", [](auto& r) { r.mutable_blockio_class()->set_value("fast"); }},
      {"rdt_class", [](auto& r) { r.mutable_rdt_class()->set_value("gold"); }},
      {"devices", [](auto& r) { r.add_devices()->set_allow(true); }},
  };
  for (const Case& one : cases) {
    api::LinuxResources resources;
    one.set(resources);
    EXPECT_THAT(ToCriResources(resources).status(),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr(std::string("linux.resources.") + one.name)));
  }
}

TEST(NriResources, ANumberBeyondTheCrisIsRefused) {
  api::LinuxResources resources;
  resources.mutable_cpu()->mutable_shares()->set_value(~uint64_t{0});
  EXPECT_THAT(ToCriResources(resources).status(), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::nri
