// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/user_namespace.h"

#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::AllOf;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint32_t kFirst = 100000;
constexpr uint32_t kCount = 65536;

void Set(v1::IDMapping* mapping, uint32_t host_id, uint32_t length) {
  mapping->set_host_id(host_id);
  mapping->set_length(length);
}

v1::NamespaceOption OfUsers() {
  v1::NamespaceOption options;
  v1::UserNamespace& users = *options.mutable_userns_options();
  users.set_mode(v1::POD);
  Set(users.add_uids(), kFirst, kCount);
  Set(users.add_gids(), kFirst, kCount);
  return options;
}

auto HasRange(uint32_t first, uint32_t count) {
  return AllOf(Field(&IdRange::first, first), Field(&IdRange::count, count));
}

TEST(UserNamespace, IsTheRangeThatIsAskedFor) {
  EXPECT_THAT(PlanUserNamespace({}, HostFacts()), IsOkAndHolds(HasRange(0, 0)));
  v1::NamespaceOption options;
  options.mutable_userns_options()->set_mode(v1::NODE);
  options.set_network(v1::NODE);
  EXPECT_THAT(PlanUserNamespace(options, HostFacts()), IsOkAndHolds(HasRange(0, 0)));
  EXPECT_THAT(PlanUserNamespace(OfUsers(), HostFacts()), IsOkAndHolds(HasRange(kFirst, kCount)));
}

TEST(UserNamespace, IsRefusedInTheWordsOfTheField) {
  const std::pair<const char*, std::function<void(v1::NamespaceOption&)>> cases[] = {
      {"mode", [](auto& o) { o.mutable_userns_options()->set_mode(v1::CONTAINER); }},
      {"mode", [](auto& o) { o.mutable_userns_options()->set_mode(v1::TARGET); }},
      {"NODE", [](auto& o) { o.mutable_userns_options()->set_mode(v1::NODE); }},
      {"uids must have one", [](auto& o) { o.mutable_userns_options()->add_uids(); }},
      {"gids must have one", [](auto& o) { o.mutable_userns_options()->clear_gids(); }},
      {"0", [](auto& o) { o.mutable_userns_options()->mutable_uids(0)->set_container_id(1); }},
      {"no ids", [](auto& o) { o.mutable_userns_options()->mutable_gids(0)->set_length(0); }},
      {"last id",
       [](auto& o) { o.mutable_userns_options()->mutable_uids(0)->set_length(0xffffffff); }},
      {"the same", [](auto& o) { o.mutable_userns_options()->mutable_gids(0)->set_host_id(5); }},
      {"network", [](auto& o) { o.set_network(v1::NODE); }},
      {"IPC", [](auto& o) { o.set_ipc(v1::NODE); }},
      {"processes", [](auto& o) { o.set_pid(v1::NODE); }},
  };
  for (const auto& [problem, spoil] : cases) {
    v1::NamespaceOption options = OfUsers();
    spoil(options);
    EXPECT_THAT(PlanUserNamespace(options, HostFacts()),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("user namespace configuration: "), HasSubstr(problem))));
  }
  HostFacts facts;
  facts.user_namespaces = false;
  EXPECT_THAT(PlanUserNamespace(OfUsers(), facts), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(UserNamespace, OfAContainerIsThePods) {
  const HostFacts facts;
  EXPECT_THAT(PlanUserNamespace({}, {}, facts), IsOkAndHolds(HasRange(0, 0)));
  EXPECT_THAT(PlanUserNamespace(OfUsers(), OfUsers(), facts),
              IsOkAndHolds(HasRange(kFirst, kCount)));
  v1::NamespaceOption other = OfUsers();
  other.mutable_userns_options()->mutable_uids(0)->set_length(1);
  other.mutable_userns_options()->mutable_gids(0)->set_length(1);
  v1::NamespaceOption with_host = OfUsers();
  with_host.set_pid(v1::NODE);
  const std::pair<v1::NamespaceOption, v1::NamespaceOption> cases[] = {
      {OfUsers(), {}}, {{}, OfUsers()}, {OfUsers(), other}, {OfUsers(), with_host}};
  for (const auto& [pod, container] : cases) {
    EXPECT_THAT(PlanUserNamespace(pod, container, facts),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(UserNamespace, HasTheIdsOfAProcess) {
  ProcessPlan process;
  process.uid = 10;
  process.groups = {4, 9};
  EXPECT_THAT(CheckIdsAreMapped(process, {kFirst, 11}), IsOk());
  EXPECT_THAT(CheckIdsAreMapped(process, {}), IsOk());
  process.groups.push_back(11);
  EXPECT_THAT(CheckIdsAreMapped(process, {kFirst, 11}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("11")));
}

TEST(UserNamespace, MountsAreMappedToItOnly) {
  const IdRange ids = {kFirst, kCount};
  v1::Mount mount;
  EXPECT_THAT(PlanMappedIds(mount, ids), IsOkAndHolds(false));
  Set(mount.add_uidmappings(), kFirst, kCount);
  EXPECT_THAT(PlanMappedIds(mount, ids), StatusIs(absl::StatusCode::kInvalidArgument));
  Set(mount.add_gidmappings(), kFirst, kCount);
  EXPECT_THAT(PlanMappedIds(mount, ids), IsOkAndHolds(true));
  EXPECT_THAT(PlanMappedIds(mount, {kFirst, 1}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(PlanMappedIds(mount, {}), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
