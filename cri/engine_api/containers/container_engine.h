// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/json.h"
#include "base/keyed_holds.h"
#include "cri/engine_api/containers/attach_desk.h"
#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/containers/log_files.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/volumes/volume_store.h"
#include "imageservice/image_store.h"
#include "runtime/plan_check.h"
#include "runtime/pod_runtime.h"

namespace berth::cri {

class Checkpoints;

// A request of POST /containers/create.
struct CreateContainerRequest {
  std::string name;  // empty: one is made up
  Json config;       // as in the body
  Json host_config;
  Json networking;              // EndpointsConfig
  std::string platform = "";    // that the image must be of; empty: any
  bool resumes = false;         // its first start goes on with the processes of its snapshot
  bool read_only_below = true;  // what is mounted below a bind that is read-only
};

// When Wait returns.
enum class WaitCondition { kNotRunning, kNextExit, kRemoved };

// Whose pause it is: a commit's is over with the daemon that makes it.
enum class PausedBy { kUser, kCommit };

struct StopChoice {
  std::optional<absl::Duration> grace;  // unset: the container's, else 10 s; negative: no kill
  int signal = 0;                       // 0: the container's
};

// What the engine works with. All must outlive it.
struct EngineParts {
  runtime::PodRuntime& runtime;  // the door to the containers of this API
  runtime::PodRuntime& pods;     // the door to those of CRI
  imageservice::ImageStore& images;
  NetworkRegistry& networks;
  VolumeStore& volumes;
  EngineDatabase& database;
  EventHub& events;
  const runtime::PlanCheck& plans;
  std::string init = "";  // the program of --init, on the node; it need not be there
  const Checkpoints* checkpoints = nullptr;  // null: off
};

struct LimitedLog {
  std::string id;  // the container's
  std::string path;
  int64_t max_size = 0;  // bytes
  int64_t max_files = 1;
};

struct RemoveChoice {
  bool force = false;    // also one that runs
  bool volumes = false;  // its anonymous volumes, too
};

// The containers of the Docker Engine API. Each runs as a pod of one, which exists from its start
// to its exit; record, root and files live from creation to removal. Thread-safe. What it promises
// survives SIGKILL: Open finds what runs, what has ended meanwhile and what was half done. Names
// are ids, unambiguous prefixes or names; NotFound in Docker's words.
class ContainerEngine {
 public:
  // `root` is the daemon's: the containers' files are in <root>/engine/containers/<id>.
  static absl::StatusOr<std::unique_ptr<ContainerEngine>> Open(const EngineParts& parts,
                                                               const std::string& root);
  virtual ~ContainerEngine() = default;

  // Unimplemented for one of a pod of CRI, which has only what asks for it by FindAny, and
  // FailedPrecondition for a dead one, which can be removed besides.
  virtual absl::StatusOr<EngineContainerRecord> Find(absl::string_view name) const = 0;
  // Also one of a pod of CRI, by its whole id, or a dead one.
  virtual absl::StatusOr<EngineContainerRecord> FindAny(absl::string_view name) const = 0;
  virtual std::vector<EngineContainerRecord> All() const = 0;  // newest first
  // Looks at each without a copy of it. `look` takes a moment, and asks for no container.
  virtual void ForEach(absl::FunctionRef<void(const EngineContainerRecord&)> look) const = 0;

  // The id. NotFound "No such image" for an image that is not here; InvalidArgument for one to
  // resume that has no processes, and for what no start of it could make good.
  virtual absl::StatusOr<std::string> Create(const Call& call,
                                             const CreateContainerRequest& request) = 0;
  // False when it runs already.
  virtual absl::StatusOr<bool> Start(const Call& call, absl::string_view name) = 0;
  // On return it does not run. False when it did not run before.
  virtual absl::StatusOr<bool> Stop(const Call& call, absl::string_view name,
                                    const StopChoice& choice) = 0;
  // FailedPrecondition unless it runs. After SIGKILL it does not run on return.
  virtual absl::Status Kill(const Call& call, absl::string_view name, int signal) = 0;
  virtual absl::Status Restart(const Call& call, absl::string_view name,
                               const StopChoice& choice) = 0;
  // FailedPrecondition unless it runs, and unless that changes it. A commit goes on where a user
  // has ended its pause.
  virtual absl::Status SetPaused(const Call& call, absl::string_view name, bool paused,
                                 PausedBy by) = 0;
  // FailedPrecondition for one that runs, unless by force. Also of a dead one.
  virtual absl::Status Remove(const Call& call, absl::string_view name,
                              const RemoveChoice& choice) = 0;
  // Until it is destroyed nobody starts or removes the container, and its end is not put on record:
  // whoever may take long holds only what does not run. One of a pod of CRI is held against others
  // who hold it, and not against CRI's own clients.
  virtual absl::StatusOr<KeyedHolds::Hold> Hold(const Call& call, const std::string& id) = 0;
  virtual absl::Status Rename(absl::string_view name, const std::string& new_name) = 0;
  // The exit code that the condition is about. `began` is called once the wait has begun: what ends
  // from then on is not missed. Internal when it was to remove itself and could not.
  virtual absl::StatusOr<int32_t> Wait(const Call& call, absl::string_view name,
                                       WaitCondition condition, std::function<void()> began) = 0;
  // Waits until it runs no more, or the call ends.
  virtual absl::Status AwaitChange(const Call& call, const std::string& id) const = 0;
  // What a probe of its health has found that began in the run since `started_at`; one of an
  // earlier run is nobody's news.
  virtual void NoteHealth(const std::string& id, int64_t started_at, const Probe& probe) = 0;
  // Limits and restart policy of an update's body.
  virtual absl::Status Update(const Call& call, absl::string_view name, const Json& changes) = 0;

  // The streams of a container: at once of one that runs, from its next start on of another.
  virtual AttachDesk& attachments() = 0;
  virtual std::string LogPath(const std::string& id) const = 0;
  virtual LogFiles& log_files() = 0;
  // None of one whose size is not limited, and of what is no container of this API.
  virtual std::optional<LimitedLog> LogLimit(const std::string& id) const = 0;
};

}  // namespace berth::cri
