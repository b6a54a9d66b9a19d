// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/attach_desk.h"

#include <algorithm>
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
  desk_.Take(id_, place_);
}

void AttachDesk::Ticket::Admit(const Call& call) {
  {
    absl::MutexLock lock(&desk_.mutex_);
    if (!desk_.Take(id_, place_)) {
      return;
    }
  }
  desk_.Answer(place_, desk_.runtime_.Attach(call, id_, place_->streams));
}

bool AttachDesk::Take(const std::string& id, const std::shared_ptr<Place>& place) {
  const auto range = waiting_.equal_range(id);
  const auto found = std::find_if(range.first, range.second,
                                  [&](const auto& each) { return each.second == place; });
  if (found == range.second) {
    return false;
  }
  waiting_.erase(found);
  return true;
}

void AttachDesk::Answer(const std::shared_ptr<Place>& place, Session session) {
  absl::MutexLock lock(&mutex_);
  place->refusal = session.status();
  if (session.ok()) {
    place->session = *std::move(session);
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
    Answer(place, runtime_.AttachAhead(call, id, place->streams));
  }
}

void AttachDesk::AdmitLate(const Call& call, const std::string& id) {
  for (const std::shared_ptr<Place>& place : TakeWaiting(id)) {
    Answer(place, runtime_.Attach(call, id, place->streams));
  }
}

}  // namespace berth::cri
