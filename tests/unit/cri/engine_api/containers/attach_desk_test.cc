// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/attach_desk.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

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

// A runtime whose shim takes its time.
struct SlowRuntime : test::FakePodRuntime {
  absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> AttachAhead(
      const Call& call, absl::string_view id, const runtime::StreamChoice& choice) override {
    meanwhile();
    return FakePodRuntime::AttachAhead(call, id, choice);
  }
  std::function<void()> meanwhile;
};

TEST(AttachDesk, OthersComeAndGoWhileAShimIsWaitedFor) {
  SlowRuntime runtime;
  AttachDesk desk(runtime);
  auto leaving = desk.Queue("c1", {});
  const auto other = desk.Queue("c2", {});
  runtime.meanwhile = [&] {
    leaving.reset();
    const auto next = desk.Queue("c3", {});
    desk.Refuse("c2", absl::InternalError("no"));
  };
  runtime.failures["AttachAhead"] = absl::UnavailableError("gone");
  desk.Admit(Call(), "c1");
  EXPECT_THAT(other->Await(Call()), test::StatusIs(absl::StatusCode::kInternal));
}

TEST(AttachDesk, WhoComesDuringTheStartIsAttachedAfterIt) {
  test::FakePodRuntime runtime;
  runtime.containers.emplace_back().id = "c1";
  AttachDesk desk(runtime);
  const auto session = [&] {
    runtime.session = std::make_unique<runtime::ProcessSession>(
        runtime::ProcessSession::Kind::kAttach, runtime::ProcessEnds());
  };
  session();
  const auto late = desk.Queue("c1", {.output = true});
  desk.AdmitLate(Call(), "c1");
  EXPECT_NE(late->Await(Call()).value(), nullptr);
  session();
  const auto later = desk.Queue("c1", {.output = true});
  later->Admit(Call());
  EXPECT_NE(later->Await(Call()).value(), nullptr);
  later->Admit(Call());
  EXPECT_EQ(runtime.calls, (std::vector<std::string>{"Attach c1", "Attach c1"})) << "once each";
}

}  // namespace
}  // namespace berth::cri
