// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_wait.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_exchange.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxAnswer = 4 << 10;

}  // namespace

struct EngineWait::Conversation {
  explicit Conversation(EngineCall asked) : call(std::move(asked)) {}

  const EngineCall call;
  EngineExchange exchange{call};
};

EngineWait::EngineWait(std::unique_ptr<Conversation> conversation)
    : conversation_(std::move(conversation)) {}
EngineWait::EngineWait(EngineWait&& other) noexcept = default;
EngineWait& EngineWait::operator=(EngineWait&& other) noexcept = default;
EngineWait::~EngineWait() = default;

absl::StatusOr<EngineWait> EngineWait::Begin(const Session& session, const std::string& id,
                                             For event) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  auto conversation = std::make_unique<Conversation>(PostCall(EngineTarget(
      {"/containers", id, "wait"}, {{"condition", event == For::kEnd ? "next-exit" : "removed"}})));
  RETURN_IF_ERROR(conversation->exchange.Begin(engine.socket_path()));
  return EngineWait(std::move(conversation));
}

absl::StatusOr<int> EngineWait::ExitCode(const SignalSource& signals) {
  conversation_->exchange.AwaitMore(signals);
  std::string answer;
  RETURN_IF_ERROR(conversation_->exchange.Finish([&](absl::string_view bytes) {
    absl::StrAppend(&answer, bytes.substr(0, kMaxAnswer - answer.size()));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const berth::Json ended, ParseJson(answer, kMaxAnswer));
  const std::string error = JsonString(JsonObject(ended, "Error"), "Message").value_or("");
  if (!error.empty()) {
    return absl::InternalError(error);
  }
  return static_cast<int>(JsonInteger(ended, "StatusCode").value_or(0));
}

}  // namespace berth::cli
