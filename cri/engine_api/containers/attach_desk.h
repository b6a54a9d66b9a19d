// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

#include "base/call.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

// Where clients wait to be attached to containers that are yet to start, so that they lose nothing
// of what these say. Thread-safe.
class AttachDesk {
  // In the queue. Whoever is being admitted may leave meanwhile.
  struct Place {
    const runtime::StreamChoice streams;
    std::unique_ptr<runtime::ProcessSession> session = nullptr;  // guarded by the desk's mutex
    absl::Status refusal = absl::OkStatus();                     // likewise
  };

 public:
  explicit AttachDesk(runtime::PodRuntime& runtime) : runtime_(runtime) {}

  // One client in the queue; it leaves with its destruction.
  class Ticket {
   public:
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // Waits for the container's start. Cancelled when the client goes before.
    absl::StatusOr<std::unique_ptr<runtime::ProcessSession>> Await(const Call& call);
    // Attaches it to the container, which runs, unless it has been called already.
    void Admit(const Call& call);

   private:
    friend class AttachDesk;
    Ticket(AttachDesk& desk, std::string id, std::shared_ptr<Place> place)
        : desk_(desk), id_(std::move(id)), place_(std::move(place)) {}

    AttachDesk& desk_;
    const std::string id_;
    const std::shared_ptr<Place> place_;
  };

  std::unique_ptr<Ticket> Queue(const std::string& id, const runtime::StreamChoice& streams);

  // Attaches all that wait for the container, which is created and not started. Others come and go
  // while it waits for the shim.
  void Admit(const Call& call, const std::string& id);

  // Likewise, once the record says that it runs: nobody comes into the queue after that.
  void AdmitLate(const Call& call, const std::string& id);

  // Sends all away that still wait for it: its start has failed, or it has been removed.
  void Refuse(const std::string& id, const absl::Status& status);

 private:
  using Session = absl::StatusOr<std::unique_ptr<runtime::ProcessSession>>;

  // They wait no more.
  std::vector<std::shared_ptr<Place>> TakeWaiting(const std::string& id);
  // False when it waits no more.
  bool Take(const std::string& id, const std::shared_ptr<Place>& place)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Answer(const std::shared_ptr<Place>& place, Session session);

  runtime::PodRuntime& runtime_;
  absl::Mutex mutex_;
  std::multimap<std::string, std::shared_ptr<Place>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::cri
