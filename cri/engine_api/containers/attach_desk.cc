// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/attach_desk.h"

#include <utility>

#include "base/status.h"

namespace berth::cri {

std::unique_ptr<AttachDesk::Ticket> AttachDesk::Queue(const std::string& id,
                                                      const runtime::StreamChoice& streams) {
  auto ticket = std::unique_ptr<Ticket>(new Ticket(*this, id, streams));
  absl::MutexLock lock(&mutex_);
  waiting_.emplace(id, ticket.get());
  return ticket;
}

AttachDesk::Ticket::~Ticket() {
  absl::MutexLock lock(&desk_.mutex_);
  const auto range = desk_.waiting_.equal_range(id_);
  for (auto each = range.first; each != range.second; ++each) {
    if (each->second == this) {
      desk_.waiting_.erase(each);
      return;
    }
  }
}

absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> AttachDesk::Ticket::Await(
    const Call& call) {
  absl::MutexLock lock(&desk_.mutex_);
  const auto is_called = [this] { return session_ != nullptr || !refusal_.ok(); };
  RETURN_IF_ERROR(berth::Await(desk_.mutex_, absl::Condition(&is_called), call));
  RETURN_IF_ERROR(refusal_);
  return std::move(session_);
}

void AttachDesk::Refuse(const std::string& id, const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  const auto range = waiting_.equal_range(id);
  for (auto each = range.first; each != range.second; ++each) {
    each->second->refusal_ = status;
  }
  waiting_.erase(range.first, range.second);
}

// With the lock held: a shim answers at once, and nobody else waits for a container that starts.
void AttachDesk::Admit(const Call& call, const std::string& id) {
  absl::MutexLock lock(&mutex_);
  const auto range = waiting_.equal_range(id);
  for (auto each = range.first; each != range.second; ++each) {
    Ticket& ticket = *each->second;
    auto session = runtime_.AttachAhead(call, id, ticket.streams_);
    ticket.refusal_ = session.status();
    if (session.ok()) {
      ticket.session_ = *std::move(session);
    }
  }
  waiting_.erase(range.first, range.second);
}

}  // namespace berth::cri
