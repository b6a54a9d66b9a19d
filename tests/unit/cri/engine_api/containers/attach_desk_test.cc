// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/attach_desk.h"

#include "gtest/gtest.h"

#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

TEST(AttachDesk, AdmitsWhoWaitsForThatContainer) {
  test::FakePodRuntime runtime;
  runtime.containers.resize(1);
  runtime.containers[0].id = "c1";
  runtime.session = std::make_unique<runtime::ProcessSession>(
      runtime::ProcessSession::Kind::kAttach, runtime::ProcessEnds());
  AttachDesk desk(runtime);
  const auto ticket = desk.Queue("c1", {.output = true});
  { const auto left = desk.Queue("c1", {}); }
  desk.Admit(Call(), "c2");
  EXPECT_THAT(ticket->Await(Call::WithTimeout(absl::ZeroDuration())),
              test::StatusIs(absl::StatusCode::kDeadlineExceeded));
  desk.Admit(Call(), "c1");
  EXPECT_NE(ticket->Await(Call()).value(), nullptr);
  EXPECT_EQ(runtime.calls.size(), 1u);
  const auto refused = desk.Queue("c1", {});
  runtime.failures["AttachAhead"] = absl::FailedPreconditionError("too late");
  desk.Admit(Call(), "c1");
  EXPECT_THAT(refused->Await(Call()), test::StatusIs(absl::StatusCode::kFailedPrecondition));
  const auto sent_away = desk.Queue("c1", {});
  desk.Refuse("c1", absl::InternalError("no"));
  EXPECT_THAT(sent_away->Await(Call()), test::StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace berth::cri
