// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "base/sys/process.h"
#include "cri/nri/nri_messages.h"
#include "cri/nri/ttrpc_connection.h"
#include "proto/nri/v1/api.pb.h"

namespace berth::nri {

inline constexpr char kNriVersion[] = "v0.12.1";  // whose calls and messages we speak

// Updates and evictions that are wanted at a time: by a message of a plugin, or by all plugins in
// return for what they are told.
inline constexpr size_t kMaxWanted = 4096;

// "00": two digits. "a-b_c.d+e": letters, digits and these. Pure.
bool IsPluginIndex(absl::string_view index);
bool IsPluginName(absl::string_view name);

// One plugin: its registration, and what it is asked. Asked by one caller at a time.
class NriPlugin {
 public:
  // Serves UpdateContainers.
  using Update = std::function<api::UpdateContainersResponse(const std::string& plugin,
                                                             const api::UpdateContainersRequest&)>;
  // One that has connected.
  NriPlugin(sys::Fd socket, Update update);
  // One that we have started; it is killed in the end.
  NriPlugin(sys::Fd socket, sys::Process process, std::string index, std::string name,
            Update update);

  // Waits until it has said who it is, as it must before anything else.
  absl::Status AwaitRegistration(absl::Time deadline);
  absl::Status Configure(const api::ConfigureRequest& request, absl::Time deadline);
  // Returns the updates that it wants.
  absl::StatusOr<std::vector<api::ContainerUpdate>> Synchronize(Inventory inventory,
                                                                absl::Time deadline);

  bool Wants(api::Event event) const;
  // Asks what it has subscribed to. True when it has answered, with `response` (null: nothing is in
  // it). False when it did not want to be asked, or did not answer until the deadline of `call`,
  // and is cut off now. Its refusal is FailedPrecondition, with its name. Cancelled, with the
  // plugin as it is, when the caller goes before it answers.
  absl::StatusOr<bool> Ask(api::Event event, const google::protobuf::Message& request,
                           google::protobuf::Message* response, const Call& call);
  // The last it hears.
  void Shutdown(absl::Time deadline);

  // "00-name"; the order of names is that of plugins.
  std::string name() const;
  std::string index() const;
  std::string base_name() const;
  void Close() { connection_.Close(); }
  bool closed() const { return connection_.closed(); }

 private:
  absl::StatusOr<std::string> Serve(const std::string& method, const std::string& payload);
  absl::Status Register(const api::RegisterPluginRequest& request);
  absl::StatusOr<TtrpcConnection::Answer> CallEvent(api::Event event, const std::string& payload,
                                                    const Call& call);

  const bool launched_;
  const Update update_;
  sys::Process process_;
  uint32_t events_ = 0;                // bit n: event n
  std::set<api::Event> without_call_;  // known by StateChange only

  mutable absl::Mutex mutex_;
  bool registered_ ABSL_GUARDED_BY(mutex_) = false;
  std::string index_ ABSL_GUARDED_BY(mutex_);
  std::string name_ ABSL_GUARDED_BY(mutex_);

  TtrpcConnection connection_;  // last: it calls Serve
};

}  // namespace berth::nri
