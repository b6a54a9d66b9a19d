// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "cri/nri/nri_launch.h"
#include "cri/nri/nri_messages.h"
#include "cri/nri/nri_plugin.h"
#include "cri/nri/turn.h"

namespace berth::nri {

inline constexpr size_t kMaxPosted = 4096;  // events that wait for slow plugins

struct NriOptions {
  std::string socket;      // on which plugins connect; empty: none may
  std::string plugin_dir;  // of plugins that we start
  std::string config_dir;  // of these plugins' configuration
  absl::Duration registration_timeout = absl::Seconds(5);  // until a plugin is synchronized
  absl::Duration request_timeout = absl::Seconds(2);
  std::string runtime_version;
};

// What plugins learn and want of the runtime.
struct NriRuntime {
  std::function<Inventory()> inventory;  // all there is; must not block
  // Blocks until updates are done and evictions have begun, or the call ends; returns the updates
  // that failed or are not done. The kill of an evicted one that ignores its signal is lost when
  // the daemon ends.
  std::function<std::vector<api::ContainerUpdate>(const Call& call, const std::string& plugin,
                                                  const std::vector<api::ContainerUpdate>&,
                                                  const std::vector<api::ContainerEviction>&)>
      update;
};

// All plugins. One event at a time is brought to them, one after another in the order of their
// indices. A plugin that joins gets the inventory between two events, and every event from then on.
// Thread-safe.
class NriPlugins {
 public:
  static absl::StatusOr<std::unique_ptr<NriPlugins>> Create(NriOptions options, NriRuntime runtime);
  NriPlugins(const NriPlugins&) = delete;
  NriPlugins& operator=(const NriPlugins&) = delete;
  ~NriPlugins();

  // Starts the installed plugins and waits until each has joined or failed, then lets others
  // connect. A plugin that fails is logged; so is a socket that somebody else listens on.
  void Start();
  // Says goodbye to all plugins; from then on there are none and the runtime is left alone.
  void Stop();

  bool empty() const { return count_.load() == 0; }

  using Visit = absl::FunctionRef<absl::Status(NriPlugin& plugin, const Call& call)>;
  // Runs `first` and then brings one event to each plugin; ends with the first error. No plugin
  // joins meanwhile, and all that was posted before comes before. The call of `visit` ends with the
  // plugin's time, and is cancelled when the caller goes. Cancelled or DeadlineExceeded when the
  // caller goes; with `first` not run, before it is its turn.
  absl::Status ForEach(
      const Call& call, Visit visit, absl::FunctionRef<void()> first = [] {});

  // The same with an event that nobody waits for. Never blocks: what comes to kMaxPosted
  // others that wait is lost.
  void Post(api::Event event, api::ContainerEvent message);

 private:
  NriPlugins(NriOptions options, NriRuntime runtime, sys::Fd stop);

  struct Posted {
    api::Event event;
    api::ContainerEvent message;
  };
  struct Session {  // of a plugin that is joining
    std::thread thread;
    std::atomic<bool> ended = false;
  };

  void StartInstalled();
  void StartSession(std::unique_ptr<NriPlugin> plugin);
  void Listen();
  void AcceptPlugins();
  NriPlugin::Update UpdateFunction();
  // Ends when the daemon stops.
  Call UntilStop() const;

  absl::Status AwaitRegistration(NriPlugin& plugin, absl::Time deadline) const;
  absl::Status Join(std::unique_ptr<NriPlugin> plugin, const std::string& config);
  absl::Status Synchronize(std::unique_ptr<NriPlugin>& plugin, absl::Time deadline,
                           std::vector<api::ContainerUpdate>& updates);
  absl::Status AskEach(const Call& call, Visit visit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  absl::Status Admit(std::unique_ptr<NriPlugin>& plugin, absl::Time deadline,
                     std::vector<api::ContainerUpdate>& updates)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  bool StaysFor(absl::Duration pause);  // false once the daemon stops
  void NoteWanted(const std::string& plugin, api::StopContainerResponse& response);
  void DropClosed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  void DeliverPosted() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  void Deliver();

  const NriOptions options_;
  const NriRuntime runtime_;
  std::atomic<size_t> count_ = 0;
  std::atomic<bool> stopping_ = false;

  Turn turn_;  // held while plugins are asked
  std::vector<std::unique_ptr<NriPlugin>> plugins_ ABSL_GUARDED_BY(turn_);  // in their order

  absl::Time next_join_ ABSL_GUARDED_BY(turn_) = absl::InfinitePast();

  absl::Mutex mutex_;
  std::deque<Posted> posted_ ABSL_GUARDED_BY(mutex_);
  bool losing_ ABSL_GUARDED_BY(mutex_) = false;  // events, since there were kMaxPosted
  std::deque<std::pair<std::string, api::ContainerUpdate>> wanted_ ABSL_GUARDED_BY(mutex_);
  // Their end may wait for a call of theirs, which may wait for whoever holds `turn_`.
  std::vector<std::unique_ptr<NriPlugin>> left_ ABSL_GUARDED_BY(mutex_);

  sys::Fd listener_;
  sys::Fd stop_;                 // an eventfd
  std::list<Session> sessions_;  // of the acceptor
  std::thread acceptor_;
  std::thread deliverer_;
};

}  // namespace berth::nri
