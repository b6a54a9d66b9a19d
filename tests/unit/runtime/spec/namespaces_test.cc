// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/namespaces.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using test::StatusIs;

v1::NamespaceOption Pid(v1::NamespaceMode mode) {
  v1::NamespaceOption options;
  options.set_pid(mode);
  return options;
}

TEST(Namespaces, ProcessesOfAContainer) {
  struct Case {
    v1::NamespaceMode pod, container;
    PidNamespace expected;
  };
  const Case cases[] = {
      {v1::POD, v1::POD, PidNamespace::kPod},
      {v1::CONTAINER, v1::POD, PidNamespace::kPrivate},
      {v1::NODE, v1::POD, PidNamespace::kHost},
      {v1::POD, v1::CONTAINER, PidNamespace::kPrivate},
      {v1::CONTAINER, v1::CONTAINER, PidNamespace::kPrivate},
      {v1::CONTAINER, v1::NODE, PidNamespace::kHost},
      {v1::POD, v1::TARGET, PidNamespace::kTarget},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(PlanPidNamespace(Pid(c.pod), Pid(c.container)), test::IsOkAndHolds(c.expected));
  }
  EXPECT_THAT(PlanPidNamespace({}, Pid(static_cast<v1::NamespaceMode>(7))),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Namespaces, OfAPod) {
  v1::NamespaceOption options;
  EXPECT_THAT(CheckPodNamespaces(options), test::IsOk());
  options.set_network(v1::NODE);
  options.set_ipc(v1::NODE);
  options.set_pid(v1::NODE);
  EXPECT_THAT(CheckPodNamespaces(options), test::IsOk());
  options.set_network(v1::CONTAINER);
  EXPECT_THAT(CheckPodNamespaces(options), StatusIs(absl::StatusCode::kInvalidArgument));
  options.set_network(v1::POD);
  options.set_ipc(v1::TARGET);
  EXPECT_THAT(CheckPodNamespaces(options), StatusIs(absl::StatusCode::kInvalidArgument));
  options.set_ipc(v1::POD);
  options.set_pid(v1::TARGET);
  EXPECT_THAT(CheckPodNamespaces(options), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace berth::runtime
