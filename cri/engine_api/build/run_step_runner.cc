// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/run_step_runner.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/random_id.h"
#include "base/status.h"
#include "cri/engine_api/build/step_plan.h"
#include "cri/engine_api/start_refusal.h"
#include "runtime/process_session.h"

namespace berth::cri {
namespace {

using imageservice::RunStep;

constexpr absl::Duration kUndoTime = absl::Minutes(1);
constexpr size_t kPiece = 32 << 10;

// Hands on what the stream has; closes it at its end.
void HandOn(sys::Fd& stream, const RunStep& step) {
  std::array<char, kPiece> buffer;
  while (stream.is_open()) {
    const ssize_t size = read(stream.get(), buffer.data(), buffer.size());
    if (size > 0) {
      step.output(absl::string_view(buffer.data(), static_cast<size_t>(size)));
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      stream = sys::Fd();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

// Takes the step's output until it has ended.
absl::StatusOr<int> Follow(const Call& call, const RunStep& step,
                           runtime::ProcessSession& session) {
  sys::Fd out = session.TakeOutput();
  sys::Fd error = session.TakeError();
  const int period = static_cast<int>(absl::ToInt64Milliseconds(kCallPeriod));
  while (true) {
    RETURN_IF_ERROR(call.Check());
    const std::optional<absl::StatusOr<int32_t>> exit = session.Exit();
    HandOn(out, step);
    HandOn(error, step);
    if (exit.has_value() && (!exit->ok() || (!out.is_open() && !error.is_open()))) {
      return *exit;
    }
    std::array<pollfd, 3> entries = {{{out.is_open() ? out.get() : -1, POLLIN, 0},
                                      {error.is_open() ? error.get() : -1, POLLIN, 0},
                                      {exit.has_value() ? -1 : session.event_fd(), POLLIN, 0}}};
    poll(entries.data(), entries.size(), period);
  }
}

}  // namespace

// The pod whose network the step shares; "" when it has none that takes long to make.
absl::StatusOr<std::string> RunStepRunner::NetworkOf(const Call& call, const RunStep& step) {
  if (step.place.empty() || step.network != "default") {
    return std::string();
  }
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = networks_.find(step.place); found != networks_.end()) {
      return found->second;
    }
  }
  RunStep nothing;
  nothing.name = step.place;
  nothing.hosts = step.hosts;
  ASSIGN_OR_RETURN(std::string pod,
                   runtime_.RunPod(call, PodOfStep(nothing), "", ExtrasOfStep(nothing)));
  absl::MutexLock lock(&mutex_);
  networks_[step.place] = pod;  // its steps come one after the other
  return pod;
}

void RunStepRunner::Leave(const std::string& place) {
  std::string pod;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = networks_.find(place);
    if (found == networks_.end()) {
      return;
    }
    pod = std::move(found->second);
    networks_.erase(found);
  }
  LogIfError(runtime_.RemovePod(Call::WithTimeout(kUndoTime), pod), "a build's network stays");
}

// With a network that has been made anew if that of the place is gone: its shim may have been
// killed.
absl::StatusOr<std::string> RunStepRunner::MakePod(const Call& call, const RunStep& step) {
  const auto make = [&]() -> absl::StatusOr<std::string> {
    runtime::PodExtras extras = ExtrasOfStep(step);
    ASSIGN_OR_RETURN(extras.network_of, NetworkOf(call, step));
    return runtime_.RunPod(call, PodOfStep(step), "", extras);
  };
  absl::StatusOr<std::string> made = make();
  if (absl::IsNotFound(made.status()) || absl::IsFailedPrecondition(made.status())) {
    Leave(step.place);
    made = make();
  }
  return made;
}

absl::StatusOr<int> RunStepRunner::Run(const Call& call, const RunStep& step) {
  ASSIGN_OR_RETURN(const std::string pod, MakePod(call, step));
  absl::Cleanup remove = [&] {
    LogIfError(runtime_.RemovePod(Call::WithTimeout(kUndoTime), pod), "a build's pod stays");
  };
  ASSIGN_OR_RETURN(const std::string id,
                   runtime_.CreateContainer(call, ContainerOfStep(step, pod, RandomId())));
  ASSIGN_OR_RETURN(const std::unique_ptr<runtime::ProcessSession> session,
                   runtime_.AttachAhead(call, id, {.output = true, .error = true}));
  if (const absl::Status started = runtime_.StartContainer(call, id); !started.ok()) {
    return StartRefusal(started, "", step.command.front());
  }
  ASSIGN_OR_RETURN(const int code, Follow(call, step, *session));
  std::move(remove).Cancel();
  RETURN_IF_ERROR(runtime_.RemovePod(Call::WithTimeout(kUndoTime), pod));
  return code;
}

}  // namespace berth::cri
