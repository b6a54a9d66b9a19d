// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec_registry.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/random_id.h"
#include "base/status.h"
#include "cri/engine_api/containers/container_event.h"

namespace berth::cri {
namespace {

constexpr int32_t kKilled = 137;

absl::Status CheckNew(const ExecState& state) {
  switch (state.phase) {
    case ExecState::Phase::kCreated:
      return absl::OkStatus();
    case ExecState::Phase::kEnded:
      return absl::FailedPreconditionError(
          absl::StrCat("Error: Exec command ", state.id, " has already run"));
    case ExecState::Phase::kStarting:
    case ExecState::Phase::kRunning:
      break;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("Error: Exec command ", state.id, " is already running"));
}

}  // namespace

void ExecRegistry::Tell(absl::string_view action, const ExecState& state,
                        std::map<std::string, std::string> more) {
  const absl::StatusOr<EngineContainerRecord> record = containers_.Find(state.container_id);
  if (record.ok()) {
    more["execID"] = state.id;
    events_.Tell(ContainerEvent(action, *record, std::move(more)));
  }
}

std::set<std::string> ExecRegistry::LostContainers() const {
  std::set<std::string> ids;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, entry] : entries_) {
      ids.insert(entry.state.container_id);
    }
  }
  std::erase_if(ids, [this](const std::string& id) { return containers_.Find(id).ok(); });
  return ids;
}

void ExecRegistry::ForgetOld(const std::set<std::string>& lost) {
  const absl::Time now = SteadyNow();
  std::erase_if(entries_, [&](const auto& each) {
    const auto& [id, entry] = each;
    const ExecState& state = entry.state;
    const bool is_idle =
        state.phase == ExecState::Phase::kCreated || state.phase == ExecState::Phase::kEnded;
    return IsStale(state.phase, now - entry.since) ||
           (is_idle && lost.count(state.container_id) != 0);
  });
}

// What has ended first makes room.
absl::Status ExecRegistry::MakeRoom(const std::string& container_id) {
  size_t count = 0;
  auto oldest = entries_.end();
  for (auto each = entries_.begin(); each != entries_.end(); ++each) {
    if (each->second.state.container_id == container_id) {
      ++count;
      const bool has_ended = each->second.state.phase == ExecState::Phase::kEnded;
      if (has_ended && (oldest == entries_.end() || each->second.since < oldest->second.since)) {
        oldest = each;
      }
    }
  }
  if (count < kMaxExecsOfContainer) {
    return absl::OkStatus();
  }
  if (oldest == entries_.end()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("container ", container_id, " has ", count, " commands already"));
  }
  entries_.erase(oldest);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ExecRegistry::Create(absl::string_view container, ExecSpec spec) {
  ASSIGN_OR_RETURN(const EngineContainerRecord record, containers_.Find(container));
  RETURN_IF_ERROR(CheckExecutable(record));
  Entry entry;
  entry.state.id = RandomId();
  entry.state.container_id = record.id;
  entry.state.spec = std::move(spec);
  const std::set<std::string> lost = LostContainers();
  {
    absl::MutexLock lock(&mutex_);
    ForgetOld(lost);
    RETURN_IF_ERROR(MakeRoom(record.id));
    entries_.emplace(entry.state.id, entry);
  }
  Tell(ExecAction("exec_create", entry.state.spec), entry.state);
  return entry.state.id;
}

absl::StatusOr<ExecRegistry::Entry> ExecRegistry::FindEntry(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  return found != entries_.end() ? absl::StatusOr<Entry>(found->second)
                                 : absl::NotFoundError(absl::StrCat("No such exec instance: ", id));
}

absl::StatusOr<ExecState> ExecRegistry::Find(const std::string& id) const {
  ASSIGN_OR_RETURN(Entry entry, FindEntry(id));
  RETURN_IF_ERROR(containers_.Find(entry.state.container_id).status());
  return std::move(entry.state);
}

std::vector<std::string> ExecRegistry::ListOf(absl::string_view container_id) const {
  std::vector<std::string> ids;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, entry] : entries_) {
    if (entry.state.container_id == container_id && entry.state.phase != ExecState::Phase::kEnded) {
      ids.push_back(id);
    }
  }
  return ids;
}

absl::Status ExecRegistry::CheckStart(const std::string& id) const {
  ASSIGN_OR_RETURN(const ExecState state, Find(id));
  RETURN_IF_ERROR(CheckNew(state));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, containers_.Find(state.container_id));
  return CheckExecutable(record);
}

void ExecRegistry::SetEnded(const std::string& id, int32_t exit_code) {
  std::shared_ptr<runtime::ProcessSession> session;  // dropped without the lock
  absl::MutexLock lock(&mutex_);
  if (const auto found = entries_.find(id); found != entries_.end()) {
    Entry& entry = found->second;
    session = std::move(entry.session);
    entry.state.phase = ExecState::Phase::kEnded;
    entry.state.exit_code = exit_code;
    entry.state.pid = 0;
    entry.since = SteadyNow();
  }
}

absl::StatusOr<ExecRegistry::Started> ExecRegistry::Start(const Call& call, const std::string& id,
                                                          const runtime::StreamChoice& streams) {
  RETURN_IF_ERROR(CheckStart(id));
  ExecState state;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) {
      return absl::NotFoundError(absl::StrCat("No such exec instance: ", id));
    }
    RETURN_IF_ERROR(CheckNew(found->second.state));
    found->second.state.phase = ExecState::Phase::kStarting;
    state = found->second.state;
  }
  Tell(ExecAction("exec_start", state.spec), state);
  auto session = runtime_.Exec(call, state.container_id, state.spec.command, streams);
  if (!session.ok()) {
    const auto [refusal, code] = ExecRefusal(session.status(), state.spec);
    SetEnded(id, code);
    return refusal;
  }
  Started started = {*std::move(session), state};
  absl::MutexLock lock(&mutex_);
  const auto found = entries_.find(id);
  if (found != entries_.end()) {  // always: what runs is not forgotten
    found->second.session = started.session;
    found->second.state.phase = ExecState::Phase::kRunning;
    found->second.state.pid = started.session->pid();
  }
  return started;
}

void ExecRegistry::End(const std::string& id, const absl::StatusOr<int32_t>& exit) {
  const int32_t code = exit.ok() ? *exit : kKilled;
  SetEnded(id, code);
  if (const absl::StatusOr<Entry> entry = FindEntry(id); entry.ok()) {
    Tell("exec_die", entry->state, {{"exitCode", absl::StrCat(code)}});
  }
}

absl::Status ExecRegistry::Resize(const std::string& id, const TerminalSize& size) {
  ASSIGN_OR_RETURN(const Entry entry, FindEntry(id));
  if (entry.session == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("exec ", id, " is not running"));
  }
  return entry.session->Resize(size.rows, size.columns);
}

}  // namespace berth::cri
