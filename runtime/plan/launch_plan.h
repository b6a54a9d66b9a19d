// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/sys/errno_or.h"

// What the shim is told to do, fully resolved by the daemon: no name to look up, no default to fill
// in, no policy left. Encoded length-prefixed, passed as a sealed memfd, at most kMaxPlanSize.
namespace berth::runtime {

// As much as an exec takes with the usual stack limit: the environment of a pod in a namespace with
// thousands of services is that large.
inline constexpr size_t kMaxPlanSize = 4 << 20;  // arguments alone may have half of it

// Sets as kernel bit masks (1 << CAP_…). The inheritable set becomes what `ambient` needs, which is
// nothing but where the pod asks for ambient capabilities.
struct CapabilitySets {
  uint64_t bounding = 0;
  uint64_t effective = 0;
  uint64_t permitted = 0;
  uint64_t ambient = 0;
};

struct Rlimit {
  uint32_t resource = 0;  // RLIMIT_…
  uint64_t soft = 0;
  uint64_t hard = 0;
};

// A process inside a container: its first one, or one exec'd later.
struct ProcessPlan {
  std::vector<std::string>
      arguments;  // [0] is searched in the PATH of `environment`, inside the root
  std::vector<std::string> environment;  // KEY=value
  std::string working_directory = "/";   // made (0755) when it does not exist
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // the whole supplementary list, primary gid included
  CapabilitySets capabilities;
  bool no_new_privileges = false;
  std::vector<Rlimit> rlimits;
  std::string seccomp_program;   // struct sock_filter[], as bytes; empty: no filter
  uint32_t seccomp_flags = 0;    // SECCOMP_FILTER_FLAG_…
  std::string apparmor_profile;  // empty: unchanged
  std::string selinux_label;     // empty: unchanged
  int32_t oom_score_adj = 0;
  bool terminal = false;  // a pty of the container's own devpts; stderr joins stdout
};

enum class MountKind : uint8_t {
  kBind,        // `source` is a path of the host, cloned by open_tree
  kFilesystem,  // a new filesystem of type `source` with `options`
  kOverlay,     // a read-only overlay of the two or more directories `lower`, topmost first
};

struct MountPlanOption {
  std::string key;
  std::string value;  // empty: a flag
};

// One mount, attached at `destination` inside the root. Executed in order.
struct MountPlan {
  MountKind kind = MountKind::kBind;
  std::string source;
  std::string destination;               // absolute, resolved in the root by openat2
  std::vector<MountPlanOption> options;  // of a new filesystem
  std::vector<std::string> lower;        // of an overlay: paths of the host
  std::string sub_path;               // of a bind or overlay: only this directory of it, resolved
                                      // inside it as in a chroot, ENOENT when it is not there;
                                      // empty: all of it
  uint64_t attributes = 0;            // MOUNT_ATTR_* to set
  uint64_t clear_attributes = 0;      // MOUNT_ATTR_* to clear
  uint64_t propagation = 0;           // MS_PRIVATE, MS_SLAVE, MS_SHARED; 0: private
  bool recursive = false;             // a bind takes the mounts below its source along
  bool recursive_attributes = false;  // `attributes` apply to these too (recursive read-only)
  bool optional = false;              // a source or type that the kernel lacks is skipped
  bool mapped_ids = false;  // of a bind or overlay: ids on disk are those of the user namespace
};

struct DevicePlan {
  std::string path;    // absolute, below /dev or elsewhere in the root
  std::string source;  // of the host: bound where making a node is not permitted; empty: `path`
  bool block = false;
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t mode = 0666;
  uint32_t uid = 0;
  uint32_t gid = 0;
};

struct SymlinkPlan {
  std::string path;
  std::string target;
};

inline constexpr char kHookOutput[] = "hook-output";  // in the bundle: of the last hook

// An OCI hook of the stage createContainer: a program of the host.
struct HookPlan {
  std::string path;  // absolute
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  uint32_t timeout = 0;  // seconds; 0: as long as the start may take
};

// The overlay that becomes "/": paths of the host, topmost layer first.
struct RootPlan {
  std::vector<std::string> lower;
  std::string upper;  // empty: read-only, no upper layer
  std::string work;
  bool read_only = false;
  bool is_volatile = true;  // what is written need not survive a crash of the host
};

// Starts a process in the shim's stead: a program of the host (an OCI runtime, say) that ends with
// 0 when it has left the process behind, as a child of nobody else, with its number in a file. No
// pid file: there is no program, the shim starts the process itself.
struct ProgramPlan {
  std::vector<std::string> arguments;    // [0] is a path
  std::vector<std::string> environment;  // KEY=value
  std::string directory;                 // where it runs
  std::string log;                       // absolute; where it says why it has failed
  std::string pid_file;                  // absolute
  // Of a process with a terminal: the name in `directory` of the unix socket to which the program
  // sends the terminal's master.
  std::string console;
  std::vector<std::string> cgroup_directories;  // that the program itself is in; else the shim's
  // A directory of the host in which it sees nothing but these mount points right below it.
  std::string narrowed_directory;  // empty: none
  std::vector<std::string> visible_mounts;
};

// Where in a container's root directory (PodPlan::directory, "/root") a program that starts it
// finds the root and, by their index, binds and overlays of LaunchPlan::mounts, with their
// attributes.
inline constexpr char kStagedRoot[] = "rootfs";
inline constexpr char kStagedMounts[] = "mounts";
inline constexpr char kStagedPidNamespace[] = "pid";    // a file; of kPod and kTarget
inline constexpr char kStagedUserNamespace[] = "user";  // a file; of a pod that has one

enum class PidNamespace : uint8_t {
  kPrivate,  // the container's own
  kPod,      // the pod's, with the shim's init as PID 1
  kHost,
  kTarget,  // that of the container `pid_target`
};

// Everything about starting one container.
struct LaunchPlan {
  std::string container_id;

  // Executed by the shim itself.
  std::vector<std::string>
      cgroup_directories;  // absolute; made by the daemon; joined in this order
  std::string oom_file;    // memory.oom_control or memory.events; has "oom_kill N"
  std::string log_path;    // empty: output is discarded
  PidNamespace pid_namespace = PidNamespace::kPrivate;
  std::string pid_target;  // container id; of another pod "/<pid>/<inode of its PID namespace>"
  bool cgroup_namespace = true;
  bool open_stdin = false;  // a pipe held open; else /dev/null
  // Who starts it; then the shim does the steps below up to the staging of mounts only.
  ProgramPlan program;
  std::string bundle;  // a directory beside the container's root, there while it starts; empty: no
                       // hooks

  // Executed by the container's first process, in this order. Before `mounts`, a fresh /dev (tmpfs)
  // with /dev/pts (a devpts of its own) and /dev/ptmx is made, except where `mounts` has that
  // destination.
  RootPlan root;
  std::string mount_label;  // SELinux context of overlays and of what is mounted anew in them;
                            // empty: none. `mounts` have theirs among their options
  uint64_t root_propagation = 0;  // MS_SHARED: the container's "/" is shared with namespaces that
                                  // it makes; else private. Independent of what `mounts` propagate
  std::vector<MountPlan> mounts;
  std::vector<DevicePlan> devices;
  std::vector<SymlinkPlan> symlinks;
  std::vector<HookPlan> hooks;  // run in order, with all of these in place, before "/" changes
  std::string hook_state;       // what they read: the JSON up to the process id, its last value
  std::vector<std::string> masked_paths;     // absent ones are skipped
  std::vector<std::string> read_only_paths;  // absent ones are skipped
  ProcessPlan process;
};

struct ExecPlan {
  std::string container_id;
  ProcessPlan process;
  ProgramPlan program;  // its cgroup_directories are not used: it is in the exec's, if of cgroup2
};

struct SysctlPlan {
  std::string path;  // below /proc/sys, with slashes
  std::string value;
};

// The ids of users and groups of a user namespace: 0 to count - 1 in there, from `first` on
// outside.
struct IdRange {
  uint32_t first = 0;
  uint32_t count = 0;  // 0: there is no user namespace
};

// What a shim is started with: the pod.
struct PodPlan {
  std::string pod_id;
  std::string directory;          // the pod's state directory; exits/ and root/ are in it
  bool new_network = true;        // false: the host's, or the one that is named
  std::string network_namespace;  // a path; empty: none. Unset with new_network
  bool new_ipc = true;
  // Paths, of another pod's: its IPC namespace, unset with new_ipc, and the mount namespace that
  // has nothing but its /dev/shm, of which this pod's `shm_directory` then is. Empty: none.
  std::string ipc_namespace;
  std::string shared_memory;
  bool new_uts = true;
  bool shared_pid = false;    // makes the pod's PID namespace with an init that reaps
  std::string selinux_label;  // context of that init; empty: none
  std::string hostname;       // set when new_uts
  std::string shm_directory;  // where the shim mounts the pod's /dev/shm (tmpfs, 1777, nosuid,
                              // nodev, noexec) in its own mount namespace; containers bind it from
                              // there. Empty: none, as with the host's IPC
  uint64_t shm_size = 64 << 20;
  std::string mount_label;  // SELinux context of that and of the init's root; empty: none
  std::vector<SysctlPlan> sysctls;
  std::vector<std::string> cgroup_directories;  // the shim's own
  int32_t oom_score_adj = -998;
  IdRange ids;  // of the user namespace that owns the pod's new namespaces and has its containers
};

std::string Encode(const LaunchPlan& plan);
std::string Encode(const ExecPlan& plan);
std::string Encode(const PodPlan& plan);

// EBADMSG when the bytes are not exactly one plan of that kind and of this version; E2BIG over
// kMaxPlanSize. Never reads beyond `size`.
sys::ErrnoOr<LaunchPlan> DecodeLaunchPlan(const char* bytes, size_t size);
sys::ErrnoOr<ExecPlan> DecodeExecPlan(const char* bytes, size_t size);
sys::ErrnoOr<PodPlan> DecodePodPlan(const char* bytes, size_t size);

}  // namespace berth::runtime
