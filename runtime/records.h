// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/database.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/pod_extras.h"
#include "runtime/spec/container_image.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// Numbers are on disk.
enum class PodPhase {
  kStarting = 0,  // intent only: never listed, undone at the next start
  kReady = 1,
  kNotReady = 2,  // processes, cgroup or network may be left
  kStopped = 3,   // nothing is left but files and records
};

enum class ContainerPhase {
  kCreated = 0,
  kRunning = 1,
  kExited = 2,
  kUnknown = 3,  // its shim does not answer
};

// What changes in a pod's life. `version` grows with every change, so that of two writes in flight
// the later change stays.
struct PodState {
  PodPhase phase = PodPhase::kStarting;
  int64_t version = 0;
  int32_t shim_pid = 0;
  bool attached = false;  // CNI's ADD may have run, and no DEL has succeeded since
  std::vector<std::string> ips;
};

struct PodRecord {
  std::string id;
  v1::PodSandboxConfig config;
  std::string handler;
  PodExtras extras;
  int64_t created_at = 0;
  std::string cgroup;  // relative to the hierarchies
  PodState state;
};

struct ContainerState {
  ContainerPhase phase = ContainerPhase::kCreated;
  int64_t version = 0;
  int32_t pid = 0;
  int64_t started_at = 0;
  int64_t finished_at = 0;
  int32_t exit_code = 0;
  std::string reason;
  std::string message;
};

struct ContainerRecord {
  std::string id;
  std::string pod_id;
  v1::ContainerConfig config;  // with the resources last applied
  ContainerImage image;
  int64_t created_at = 0;
  std::string log_path;  // absolute; empty: none
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;
  v1::Signal stop_signal = v1::SIGNAL_RUNTIME_DEFAULT;
  ContainerState state;
};

// What survives a restart of the daemon: pods and containers in one SQLite file. What a call has
// written survives SIGKILL; nothing here waits for a disk. A full disk is ResourceExhausted.
// Thread-safe.
class Records {
 public:
  static absl::StatusOr<std::unique_ptr<Records>> Open(const std::string& path);

  absl::Status AddPod(const PodRecord& pod);
  absl::Status SetPodState(const std::string& id, const PodState& state);
  absl::Status SetPodConfig(const std::string& id, const v1::PodSandboxConfig& config);
  // Its containers' rows too. Absence is success.
  absl::Status RemovePod(const std::string& id);

  // `plan` is the encoded LaunchPlan.
  absl::Status AddContainer(const ContainerRecord& container, absl::string_view plan);
  absl::Status SetContainerState(const std::string& id, const ContainerState& state);
  absl::Status SetContainerConfig(const std::string& id, const v1::ContainerConfig& config);
  absl::Status RemoveContainer(const std::string& id);
  absl::StatusOr<std::string> ReadPlan(const std::string& id);

  // DataLoss when a row does not parse.
  absl::StatusOr<std::vector<PodRecord>> Pods();
  absl::StatusOr<std::vector<ContainerRecord>> Containers();

  // The boot of the kernel under which the records were last in use; empty at first.
  absl::StatusOr<std::string> BootId();
  absl::Status SetBootId(absl::string_view boot_id);

  // Changes so far, and when the last one was.
  struct Activity {
    int64_t changes = 0;
    absl::Time last;
  };
  Activity activity() const;

  // Moves what is in the log into the file and begins the log anew. Whoever reads or writes waits
  // for the disk: for a log that CheckpointRecords does not keep short.
  absl::Status Checkpoint();

 private:
  explicit Records(Database database) : database_(std::move(database)) {}

  // A prepared statement, kept. Valid until the next call.
  absl::StatusOr<Statement*> Prepared(absl::string_view sql) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void NoteChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Activity activity_ ABSL_GUARDED_BY(mutex_);
  Database database_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Statement, std::less<>> statements_ ABSL_GUARDED_BY(mutex_);
};

// Moves what the records have gathered in their log into the file at `path`, by a connection of its
// own: waits for the disk, but lets the records be written meanwhile, so that the log of somebody
// who writes on and on grows on.
absl::Status CheckpointRecords(const std::string& path);

}  // namespace berth::runtime
