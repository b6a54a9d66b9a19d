// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/attach_desk.h"

#include <utility>

#include "base/status.h"

namespace berth::cri {

std::unique_ptr<AttachDesk::Ticket> AttachDesk::Queue(const std::string& id,
                                                      const runtime::StreamChoice& streams) {
  auto place = std::make_shared<Place>(Place{streams});
  auto ticket = std::unique_ptr<Ticket>(new Ticket(*this, id, place));
  absl::MutexLock lock(&mutex_);
  waiting_.emplace(id, std::move(place));
  return ticket;
}

AttachDesk::Ticket::~Ticket() {
  absl::MutexLock lock(&desk_.mutex_);
  const auto range = desk_.waiting_.equal_range(id_);
  for (auto each = range.first; each != range.second; ++each) {
    if (each->second == place_) {
      desk_.waiting_.erase(each);
      return;
    }
  }
}

absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> AttachDesk::Ticket::Await(
    const Call& call) {
  absl::MutexLock lock(&desk_.mutex_);
  const auto is_called = [this] { return place_->session != nullptr || !place_->refusal.ok(); };
  RETURN_IF_ERROR(berth::Await(desk_.mutex_, absl::Condition(&is_called), call));
  RETURN_IF_ERROR(place_->refusal);
  return std::move(place_->session);
}

std::vector<std::shared_ptr<AttachDesk::Place>> AttachDesk::TakeWaiting(const std::string& id) {
  std::vector<std::shared_ptr<Place>> places;
  absl::MutexLock lock(&mutex_);
  const auto range = waiting_.equal_range(id);
  for (auto each = range.first; each != range.second; ++each) {
    places.push_back(std::move(each->second));
  }
  waiting_.erase(range.first, range.second);
  return places;
}

void AttachDesk::Refuse(const std::string& id, const absl::Status& status) {
  for (const std::shared_ptr<Place>& place : TakeWaiting(id)) {
    absl::MutexLock lock(&mutex_);
    place->refusal = status;
  }
}

void AttachDesk::Admit(const Call& call, const std::string& id) {
  for (const std::shared_ptr<Place>& place : TakeWaiting(id)) {
    auto session = runtime_.AttachAhead(call, id, place->streams);
    absl::MutexLock lock(&mutex_);
    place->refusal = session.status();
    if (session.ok()) {
      place->session = *std::move(session);
    }
  }
}

}  // namespace berth::cri
