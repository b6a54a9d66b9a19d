// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/creation_check.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

const NodeAbilities kNode = {.cpus = 2, .handlers = {"", "berth", "crun"}};

TEST(CreationCheck, NoMoreCpusThanThereAre) {
  ContainerSpec spec;
  spec.resources.nano_cpus = 2'000'000'000;
  EXPECT_THAT(CheckCreation(spec, kNode), test::IsOk());
  spec.resources.nano_cpus += 1;
  EXPECT_THAT(
      CheckCreation(spec, kNode),
      test::StatusIs(absl::StatusCode::kInvalidArgument,
                     "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"));
}

TEST(CreationCheck, ASignalIsOneThatIsThere) {
  ContainerSpec spec;
  for (const char* signal : {"", "SIGQUIT", "hup", "9", "RTMIN+3"}) {
    spec.stop_signal = signal;
    EXPECT_THAT(CheckCreation(spec, kNode), test::IsOk()) << signal;
  }
  spec.stop_signal = "FOO";
  EXPECT_THAT(CheckCreation(spec, kNode),
              test::StatusIs(absl::StatusCode::kInvalidArgument, "invalid signal: FOO"));
}

TEST(CreationCheck, MountsAreBounded) {
  ContainerSpec spec;
  spec.mounts.resize(1000);
  spec.volumes.resize(24, "/v");
  EXPECT_THAT(CheckCreation(spec, kNode), test::IsOk());
  spec.volumes.emplace_back("/w");
  EXPECT_THAT(CheckCreation(spec, kNode),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "a container has at most 1024 mounts, not 1025"));
}

TEST(CreationCheck, AnAnnotationHasAKey) {
  ContainerSpec spec;
  spec.annotations = {{"", "x"}};
  EXPECT_THAT(CheckCreation(spec, kNode),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid Annotations")));
}

TEST(CreationCheck, AnIpcIsSharedByWhoSaysSo) {
  EngineContainerRecord other;
  other.id = "c2";
  for (const char* mode : {"shareable", "host", "container:c3"}) {
    other.host_config = {{"IpcMode", mode}};
    EXPECT_THAT(CheckSharesIpc(other), test::IsOk()) << mode;
  }
  for (const char* mode : {"", "private", "none"}) {
    other.host_config = {{"IpcMode", mode}};
    EXPECT_THAT(CheckSharesIpc(other), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                      HasSubstr("c2: non-shareable IPC")))
        << mode;
  }
}

TEST(CreationCheck, RuntimesAreTheHandlersOfTheNode) {
  ContainerSpec spec;
  for (const char* known : {"", "io.containerd.runc.v2", "berth", "crun"}) {
    spec.runtime = known;
    EXPECT_THAT(CheckCreation(spec, kNode), test::IsOk()) << known;
  }
  EXPECT_EQ(HandlerOf("io.containerd.runc.v2"), "");
  EXPECT_EQ(HandlerOf("crun"), "crun");
  spec.runtime = "kata";
  EXPECT_THAT(CheckCreation(spec, kNode), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                         "unknown or invalid runtime name: kata"));
}

TEST(CreationCheck, StorageHasNoOptions) {
  ContainerSpec spec;
  spec.storage_options = {{"size", "1g"}};
  EXPECT_THAT(CheckCreation(spec, kNode),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--storage-opt size")));
}

TEST(CreationCheck, CpusAndMemoryNodesAreThere) {
  const NodeAbilities node = {.cpus = 4, .cpu_list = "0-2,7", .memory_nodes = "0", .handlers = {}};
  ContainerSpec spec;
  for (const char* there : {"", "0", "1-2", "0,7"}) {
    spec.resources.cpuset_cpus = there;
    EXPECT_THAT(CheckCreation(spec, node), test::IsOk()) << there;
  }
  spec.resources.cpuset_cpus = "2-3";
  EXPECT_THAT(CheckCreation(spec, node),
              test::StatusIs(absl::StatusCode::kInvalidArgument,
                             "Requested CPUs are not available - requested 2-3, available: 0-2,7"));
  for (const char* bad : {"x", "2-1", "-1", "1-", "0-99999999"}) {
    spec.resources.cpuset_cpus = bad;
    EXPECT_THAT(CheckCreation(spec, node),
                test::StatusIs(absl::StatusCode::kInvalidArgument,
                               absl::StrCat("Invalid value ", bad, " for cpuset cpus")));
  }
  spec.resources.cpuset_cpus = "";
  spec.resources.cpuset_mems = "1";
  EXPECT_THAT(CheckCreation(spec, node), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                        HasSubstr("memory nodes are not")));
  EXPECT_THAT(CheckCreation(spec, kNode), test::IsOk());  // a node that does not say
}

TEST(CreationCheck, ListsOfCpusAreReadAsTheKernelReadsThem) {
  const NodeAbilities node = {.cpus = 4, .cpu_list = "0-2,8191", .handlers = {""}};
  const auto check = [&](const std::string& list) {
    ContainerSpec spec;
    spec.resources.cpuset_cpus = list;
    return CheckCreation(spec, node).code();
  };
  for (const char* good : {"0-2", "1,8191", "2", "0,0-1"}) {
    EXPECT_EQ(check(good), absl::StatusCode::kOk) << good;
  }
  for (const char* bad : {"3", "0-3", "8190-8191", "8192", "0-8192", "2-1", "x"}) {
    EXPECT_EQ(check(bad), absl::StatusCode::kInvalidArgument) << bad;
  }
  std::string list;
  while (list.size() < size_t{4} << 20) {
    list += "0-2,";
  }
  EXPECT_EQ(check(list), absl::StatusCode::kInvalidArgument) << "it is too long";
}

}  // namespace
}  // namespace berth::cri
