// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The daemon's conversation with a pod's shim: fixed-size messages over a SOCK_SEQPACKET unix
// socket, one message a packet, native byte order (both ends are the same machine and boot). A
// connection carries one request at a time. Descriptors travel as SCM_RIGHTS in the order named
// here.
namespace berth::runtime {

inline constexpr uint32_t kShimProtocolVersion = 1;
inline constexpr uint32_t kMaxContainersPerPod = 128;
inline constexpr uint32_t kMaxShimConnections = 256;
inline constexpr uint32_t kMaxAttachments = 16;  // a pod; one more is refused with EAGAIN
inline constexpr uint32_t kMaxPodSockets = 2;    // of kSockets

// Descriptors the shim is started with.
inline constexpr int kShimListenFd = 3;  // bound to <pod directory>/shim.sock
inline constexpr int kShimPlanFd = 4;    // memfd: Encode(PodPlan)
// A socket: its end lets the shim begin; it gets one ShimReply (type kReady) once the pod's
// namespaces exist.
inline constexpr int kShimReadyFd = 5;

enum class RequestType : uint32_t {
  kSubscribe = 1,  // replies kContainer for each container, kSynced, then kExited as they end,
                   // and kContainer of one that executes when who asked for it has left
  kStart,          // fd: memfd of Encode(LaunchPlan). Replies kStarted or kFailed
  kExec,    // fds: memfd of Encode(ExecPlan), stdin, stdout, stderr. Replies kStarted or kFailed,
            // then kExited. Closing the connection kills the process and its descendants.
            // With a terminal: only the memfd; kStarted carries the pty's master as its fd.
  kSignal,  // `signal` to the container's first process, or to all its processes. Replies kDone
  kReopenLog,   // Replies kDone; no new file exists after a failure
  kForget,      // drops an exited container and its exit file. Replies kDone
  kResize,      // terminal size of a container. Replies kDone
  kAttach,      // fds: write ends of pipes for stdout and stderr, as flagged; a terminal has
                // stdout only. Replies kDone with the write end of stdin or the pty's master, if
                // there is one; from then on the pipes get what the container says. When it has
                // exited and they have got all, they are closed and kExited is sent. Closing the
                // connection detaches. With `awaits_start`, of a container that is not known yet:
                // kDone at once; kStarted with that descriptor, or kFailed, when it is started
  kCloseInput,  // on the connection of an attachment only; not replied to. With `closes_input` it,
                // or the end of the connection, closes the shim's write end of stdin
  kSockets,     // Replies kDone with fds: TCP sockets in the pod's network namespace, not
                // connected and non-blocking: IPv4, then IPv6 where there is one
  kShutdown,    // kills everything, then the shim exits. Replies kDone, then end of file
  kIpc,         // Replies kDone with fds: the pod's IPC namespace and, where it has one, the mount
                // namespace of its /dev/shm
};

struct ShimRequest {
  uint32_t version = kShimProtocolVersion;
  RequestType type = RequestType::kSubscribe;
  char container_id[68] = {};  // NUL-terminated
  int32_t signal = 0;
  uint32_t all_processes = 0;
  uint8_t attach_stdout = 0;
  uint8_t attach_stderr = 0;
  uint8_t closes_input = 0;
  uint8_t awaits_start = 0;
  uint16_t rows = 0;
  uint16_t columns = 0;
};

enum class ReplyType : uint32_t {
  kReady = 1,
  kContainer,
  kSynced,
  kStarted,
  kExited,
  kOom,  // nobody's; the numbers of the others stay
  kDone,
  kFailed,
};

// What the child was doing when it failed; the daemon owns the words (StepName).
enum class LaunchStep : uint32_t {
  kNone = 0,
  kDecodePlan,
  kCgroup,
  kNamespaces,
  kTerminal,
  kMountPropagation,
  kRootFilesystem,
  kMounts,
  kDevices,
  kMaskedPaths,
  kReadOnlyPaths,
  kPivotRoot,
  kSysctl,
  kHostname,
  kRlimits,
  kWorkingDirectory,
  kOomScore,
  kSecurityLabel,
  kCapabilities,
  kIdentity,
  kNoNewPrivileges,
  kSeccomp,
  kExec,
  kLog,
  kStdio,
  kClone,
  kHooks,  // an error below 0 is the exit code of the hook, negative
  kProtocol,
  kProgram,  // the program that starts it; `error` is its exit code
  kTakeOver,
};

// "mount root filesystem" and so on; never null.
const char* StepName(LaunchStep step);

struct ShimReply {
  uint32_t version = kShimProtocolVersion;
  ReplyType type = ReplyType::kDone;
  char container_id[68] = {};
  LaunchStep step = LaunchStep::kNone;  // of kFailed
  int32_t error = 0;                    // errno of kFailed; see kProgram
  uint32_t item = 0;      // of kFailed: index of the mount, device or path that failed
  int32_t pid = 0;        // of kStarted and kContainer, in the host's PID namespace; 0: exited
  uint32_t running = 0;   // of kContainer
  int32_t exit_code = 0;  // of kExited and an exited kContainer; 128 + n for signal n
  uint32_t oom_killed = 0;
  int64_t started_at = 0;   // ns since the epoch
  int64_t finished_at = 0;  // ns since the epoch; 0 while running
};

}  // namespace berth::runtime
