// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/sys/fd.h"
#include "metrics/metrics.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/cgroup/hierarchies.h"
#include "runtime/cgroup/pressure.h"
#include "runtime/oci/command.h"
#include "runtime/pod_extras.h"
#include "runtime/process_session.h"
#include "runtime/spec/container_extras.h"
#include "runtime/spec/container_image.h"
#include "runtime/spec/exec_command.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// Where things are; all absolute.
struct RuntimePaths {
  std::string root;   // /var/lib/berth: records, container files that outlive a boot
  std::string state;  // /run/berth: pods/<id>/ with sockets, files, exits; gone with the boot
  std::string shim;   // the berth-shim binary
};

struct RuntimeOptions {
  RuntimePaths paths;
  std::vector<std::string> cni_config_dirs;  // first existing one counts
  std::vector<std::string> cni_plugin_dirs;
  std::vector<std::string> cdi_spec_dirs;  // the most important one last; none: no CDI devices
  std::string cni_cache_dir;  // ours alone: what is in it and of no pod of ours is detached
  std::vector<std::string> cni_lease_dirs;  // of host-local, for networks that pods name themselves
  CgroupDriver cgroup_driver = CgroupDriver::kCgroupfs;
  // Parent of pods that name no cgroup_parent: "/berth", or "berth.slice" with systemd's driver.
  std::string cgroup_root;
  // A nil profile: unconfined, as critest expects, or RuntimeDefault.
  bool unset_seccomp_is_default = false;
  // Handlers beside our own, by name. Without a root theirs is below the state directory.
  std::map<std::string, oci::Runtime> handlers;
};

struct ContainerRequest {
  std::string id;  // chosen by the caller: its snapshot carries it before the container exists
  std::string pod_id;
  v1::ContainerConfig config;
  ContainerImage image;
  ContainerRoot root;
  // RootFileReader of `root`, for as long as the caller waits.
  std::function<absl::StatusOr<std::string>(const Call&, absl::string_view path, size_t max_bytes)>
      read_file;
  // Host directories that stand for Mount.image entries of the config, by container_path.
  std::map<std::string, ContainerRoot> image_volumes;
  ContainerExtras extras;
};

struct NetworkAddress {
  std::vector<std::string> ips;  // primary first; empty for a host-network pod
};

// A copy of what is known of a pod, cheap to take; never blocks on anything slow.
struct PodSnapshot {
  std::string id;
  v1::PodSandboxConfig config;
  std::string runtime_handler;
  PodExtras extras;
  v1::PodSandboxState state = v1::SANDBOX_NOTREADY;
  int64_t created_at = 0;  // ns
  NetworkAddress network;
  int shim_pid = 0;
  std::string network_namespace;  // a path, empty for the host's
  std::string directory;          // of its files: hosts, hostname, resolv.conf
  // Of FindPod: ns by the clock of the events; the rest is as new as that or newer.
  int64_t found_at = 0;
};

struct ContainerSnapshot {
  std::string id;
  std::string pod_id;
  v1::ContainerConfig config;  // with the resources last applied
  ContainerImage image;
  v1::ContainerState state = v1::CONTAINER_CREATED;
  int64_t created_at = 0;   // ns
  int64_t started_at = 0;   // ns; 0: never
  int64_t finished_at = 0;  // ns; 0: not yet
  int32_t exit_code = 0;
  std::string reason;  // Completed, Error, OOMKilled, StartError, Unknown
  std::string message;
  std::string log_path;  // absolute; empty: none
  int pid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;
  v1::Signal stop_signal = v1::SIGNAL_RUNTIME_DEFAULT;  // the effective one
  v1::ContainerResources resources;                     // what ContainerStatus.resources reports
};

struct ExecResult {
  std::string out;
  std::string err;
  int32_t exit_code = 0;
};

struct ContainerUsage {
  absl::Time at;
  uint64_t cpu_ns = 0;               // cumulative
  std::optional<uint64_t> cpu_rate;  // nanocores over the last window
  uint64_t memory_usage = 0;         // bytes, as everything of memory and swap
  uint64_t memory_working_set = 0;
  uint64_t memory_rss = 0;
  std::optional<uint64_t> memory_available;
  uint64_t page_faults = 0;
  uint64_t major_page_faults = 0;
  std::optional<uint64_t> swap_usage;
  std::optional<uint64_t> swap_available;
  uint64_t pids = 0;
  std::optional<Pressure> cpu_pressure, memory_pressure, io_pressure;  // unset without PSI
};

// What a pod uses as a whole: its containers and what runs beside them.
struct PodUsage {
  ContainerUsage total;
  uint64_t processes = 0;
};

// What has crossed one interface since it was made.
struct InterfaceUsage {
  std::string name;
  uint64_t receive_bytes = 0, receive_packets = 0, receive_errors = 0, receive_dropped = 0;
  uint64_t transmit_bytes = 0, transmit_packets = 0, transmit_errors = 0, transmit_dropped = 0;
};

// What has crossed a pod's eth0 or, without one, all its interfaces.
struct PodNetworkUsage {
  uint64_t receive_bytes = 0;
  uint64_t receive_packets = 0;
  uint64_t transmit_bytes = 0;
  uint64_t transmit_packets = 0;
  std::vector<InterfaceUsage> interfaces;  // all but lo; eth0, if there is one, comes first
};

class EventQueue;  // runtime/event_queue.h
struct Figures;    // runtime/figures.h

// A name by which RunPod may be asked, and what its pods can do.
struct HandlerFeatures {
  std::string name;
  bool recursive_read_only_mounts = false;
  bool user_namespaces = false;
};

class LifecycleHooks;

// The door of runtime/: pods and containers. Thread-safe. Operations on one pod are serialized,
// save that its containers stop side by side; one pod never waits for another. Ids may be
// unambiguous prefixes; an unknown or ambiguous one is NotFound, or success where it is to be
// stopped or removed. Every operation honours the Call's deadline; what it began it finishes or
// undoes on a deadline of its own.
class PodRuntime {
 public:
  // Opens the records, finds shims, exits and leftovers of an earlier daemon and puts all right:
  // returns when it is safe to serve. `Unavailable` when another daemon holds the state directory.
  static absl::StatusOr<std::unique_ptr<PodRuntime>> Create(RuntimeOptions options,
                                                            metrics::Metrics& metrics);
  // A door to the same pods and containers that sees only those of `owner`: whatever it is asked
  // about others, they are not there. `whole` is one that Create made and must outlive it.
  static std::unique_ptr<PodRuntime> ViewOf(PodRuntime& whole, PodOwner owner);
  virtual ~PodRuntime() = default;

  // On return the pod is READY with its network up. Nothing is left on failure, except a pod in
  // state NOTREADY when undoing the network failed, so that StopPod can free its address.
  // AlreadyExists when (name, namespace, uid, attempt) is taken; a request that finds the same one
  // in progress waits for it and returns its result, but is AlreadyExists when `extras` say that
  // the pod must be new. InvalidArgument for a handler that is none of Handlers().
  virtual absl::StatusOr<std::string> RunPod(const Call& call, const v1::PodSandboxConfig& config,
                                             absl::string_view handler,
                                             const PodExtras& extras) = 0;
  // On return nothing of the pod runs, its network is detached and its cgroup is gone. Does as much
  // as it can: after an error or a deadline the pod is NOTREADY, and the next attempt goes on.
  virtual absl::Status StopPod(const Call& call, absl::string_view id) = 0;
  // Stops the pod if need be, and forgets it and its containers.
  virtual absl::Status RemovePod(const Call& call, absl::string_view id) = 0;
  virtual absl::StatusOr<PodSnapshot> FindPod(absl::string_view id) const = 0;
  virtual std::vector<PodSnapshot> Pods() const = 0;  // newest first
  // The pod's cgroup gets the sum of both, and its snapshots have them. Zero fields stay as they
  // are. FailedPrecondition unless the pod is READY. All of it takes effect, or what fails is
  // undone.
  virtual absl::Status UpdatePodResources(const Call& call, absl::string_view id,
                                          const v1::LinuxContainerResources& overhead,
                                          const v1::LinuxContainerResources& resources) = 0;

  // On return the container is CREATED; nothing runs. FailedPrecondition unless the pod is READY.
  // AlreadyExists when the pod has one with the same (name, attempt); a request that finds it in
  // progress waits for it and returns its result. InvalidArgument for what cannot be planned.
  // Whatever fails leaves nothing.
  virtual absl::StatusOr<std::string> CreateContainer(const Call& call,
                                                      ContainerRequest request) = 0;
  // On return its program executes. FailedPrecondition unless it is CREATED and its pod READY. It
  // is started once: after an error of the start itself it does not run and is EXITED, the error
  // as message; Aborted when it is stopped meanwhile. One that ends before its turn starts nothing.
  virtual absl::Status StartContainer(const Call& call, absl::string_view id) = 0;
  // Ends its start, or sends the stop signal and SIGKILL when `grace` is over (0: at once). Then
  // none of its processes is left. Signal and kill come also when the call ends before, or has
  // ended already; a later call can only make the grace shorter.
  virtual absl::Status StopContainer(const Call& call, absl::string_view id,
                                     absl::Duration grace) = 0;
  // Kills it if need be, without a grace, and forgets it. OnContainerRemoved is told before the
  // return. After an error the container is still there, but can no more be started.
  virtual absl::Status RemoveContainer(const Call& call, absl::string_view id) = 0;
  virtual absl::StatusOr<ContainerSnapshot> FindContainer(absl::string_view id) const = 0;
  virtual std::vector<ContainerSnapshot> Containers() const = 0;  // newest first
  // Those of one pod, newest first; none of an unknown one. Takes the whole id.
  virtual std::vector<ContainerSnapshot> ContainersOf(const std::string& pod_id) const = 0;

  // Of a container that is CREATED or RUNNING, else FailedPrecondition. Zero fields stay as they
  // are. All of it takes effect and is on record, or nothing does.
  virtual absl::Status UpdateResources(const Call& call, absl::string_view id,
                                       const v1::LinuxContainerResources& resources) = 0;
  // The log's path is opened anew; what it named is written to no more. FailedPrecondition unless
  // the container is RUNNING.
  virtual absl::Status ReopenLog(const Call& call, absl::string_view id) = 0;
  // Runs a command in a RUNNING container that is not frozen (else FailedPrecondition) and waits
  // for its end; of
  // longer output the beginning is returned. DeadlineExceeded when `timeout` (0: none) passes; the
  // process and its descendants are gone then.
  virtual absl::StatusOr<ExecResult> ExecSync(const Call& call, absl::string_view id,
                                              const std::vector<std::string>& command,
                                              absl::Duration timeout) = 0;
  // Runs a command in a RUNNING container that is not frozen (else FailedPrecondition) with the
  // streams that are wanted; the rest of its standard streams are /dev/null. On return it executes;
  // a program that cannot be executed is Internal.
  virtual absl::StatusOr<std::unique_ptr<ProcessSession>> Exec(const Call& call,
                                                               absl::string_view id,
                                                               const ExecCommand& command,
                                                               const StreamChoice& streams) = 0;
  // The streams of a RUNNING container's first process, of what it says from now on. Whether it has
  // a terminal is the container's own; input of a container without one is not open.
  virtual absl::StatusOr<std::unique_ptr<ProcessSession>> Attach(const Call& call,
                                                                 absl::string_view id,
                                                                 const StreamChoice& streams) = 0;
  // The same of a container that is CREATED (else FailedPrecondition), of all that it says. Its
  // input is there once it has started: then event_fd() is readable, and Exit() takes it in. A
  // start that fails ends the session.
  virtual absl::StatusOr<std::unique_ptr<ProcessSession>> AttachAhead(
      const Call& call, absl::string_view id, const StreamChoice& streams) = 0;
  // All three: FailedPrecondition unless the container is RUNNING. A signal goes to its first
  // process; while it is frozen no process of it executes, and signals wait.
  virtual absl::Status Signal(const Call& call, absl::string_view id, int signal) = 0;
  virtual absl::Status ResizeTerminal(const Call& call, absl::string_view id, uint16_t rows,
                                      uint16_t columns) = 0;
  virtual absl::Status SetFrozen(const Call& call, absl::string_view id, bool frozen) = 0;
  // FailedPrecondition unless the container is RUNNING.
  virtual absl::StatusOr<bool> IsFrozen(absl::string_view id) const = 0;
  // One more network for a pod with a network of its own, else FailedPrecondition, or one less, by
  // the name that its configuration has. FailedPrecondition unless the pod is READY; AlreadyExists
  // when it has that network or interface. A network that the pod does not have is detached.
  virtual absl::Status AttachNetwork(const Call& call, absl::string_view pod_id,
                                     const NetworkChoice& choice) = 0;
  virtual absl::Status DetachNetwork(const Call& call, absl::string_view pod_id,
                                     absl::string_view network) = 0;
  // What the pod has in its networks, by interface; nothing once they are detached.
  virtual absl::StatusOr<std::vector<AttachedInterface>> Interfaces(
      absl::string_view pod_id) const = 0;
  // TCP sockets, not connected, non-blocking, in the pod's network namespace, which is the node's
  // for a host-network pod: IPv4, then IPv6 where there is one. FailedPrecondition unless the pod
  // is READY.
  virtual absl::StatusOr<std::vector<sys::Fd>> OpenSockets(const Call& call,
                                                           absl::string_view pod_id) = 0;
  // FailedPrecondition unless the container is RUNNING.
  virtual absl::StatusOr<ContainerUsage> Usage(absl::string_view id) const = 0;
  virtual absl::StatusOr<Figures> FiguresOfContainer(absl::string_view id) const = 0;
  // Its processes, as the node numbers them.
  virtual absl::StatusOr<std::vector<int>> Processes(absl::string_view id) const = 0;
  // FailedPrecondition unless the pod is READY.
  virtual absl::StatusOr<PodUsage> UsageOfPod(absl::string_view id) const = 0;
  virtual absl::StatusOr<Figures> FiguresOfPod(absl::string_view id) const = 0;
  // FailedPrecondition for a pod on the host's network and for one that is not READY.
  virtual absl::StatusOr<PodNetworkUsage> NetworkUsage(absl::string_view pod_id) const = 0;

  // Everything that happens to pods and containers from now on, as long as the queue is kept.
  virtual std::shared_ptr<EventQueue> SubscribeToEvents() = 0;

  // All there are; the one without a name, which is the default, comes first.
  virtual std::vector<HandlerFeatures> Handlers() const = 0;
  virtual CgroupDriver cgroup_driver() const = 0;

  // OK, or why pods cannot get a network now (for the NetworkReady condition).
  virtual absl::Status NetworkReady() const = 0;

  // Called once for every container that is gone for good, so that its snapshot can be dropped;
  // also for leftovers found at start. Set before serving.
  virtual void OnContainerRemoved(
      std::function<void(const std::string& container_id)> callback) = 0;

  // Asks and tells `hooks`, which must outlive the runtime. Set before serving.
  virtual void SetLifecycleHooks(LifecycleHooks* hooks) = 0;

  // Ids of all containers on record, to tell snapshots that belong to nobody.
  virtual std::vector<std::string> ContainerIds() const = 0;
};

}  // namespace berth::runtime
