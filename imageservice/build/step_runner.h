// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/snapshot/rootfs.h"

namespace berth::imageservice {

// Who has made the files of a mount, and so may give them a label: of ours those that the step
// alone has, and those that others have, too.
enum class StepFiles { kForeign, kOfStep, kShared };

// What a RUN sees at a place of its own.
struct StepMount {
  std::string target;  // absolute
  std::string source;  // a directory or file of the host; empty: the tree
  Rootfs tree = {};
  std::string below;       // what of the tree, relative; empty: all
  bool is_tmpfs = false;   // a new one in place of source and tree
  int64_t tmpfs_size = 0;  // bytes; 0: the kernel's
  bool read_only = true;
  StepFiles files = StepFiles::kForeign;
};

// Of each process, as setrlimit(2) has it.
struct StepRlimit {
  uint32_t resource = 0;
  uint64_t soft = 0;
  uint64_t hard = 0;
};

// As `docker build` is asked for them; zero: none.
struct StepLimits {
  int64_t memory = 0;       // bytes
  int64_t memory_swap = 0;  // bytes of both; -1: any
  int64_t cpu_shares = 0;
  int64_t cpu_period = 0;  // µs
  int64_t cpu_quota = 0;   // µs
  std::string cpus;        // "0-2"
  std::string memory_nodes;
  int64_t shm_size = 0;  // bytes
  std::vector<StepRlimit> rlimits;
};

struct RunStep {
  std::string name;   // of its own among all
  std::string place;  // steps of the same one come one after the other, and may share a network
  Rootfs root;
  // A file of the root as it is before the step.
  std::function<absl::StatusOr<std::string>(absl::string_view path, size_t max_bytes)> read_file;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::string working_directory;
  std::string user;
  std::string network = "default";  // default, none, host
  bool insecure = false;
  std::vector<StepMount> mounts;
  std::map<std::string, std::string> hosts;  // name: address
  StepLimits limits;
  std::string directory;  // empty, for what the runner needs while it runs
  std::function<void(absl::string_view)> output;
};

// Runs a command in a container of its own on a root. Thread-safe.
class StepRunner {
 public:
  virtual ~StepRunner() = default;

  // The exit code, after all output. Nothing runs on return and nothing is left but what the place
  // shares, whatever happens; the root is nobody's. An error: it could not be run, or the caller
  // has gone.
  virtual absl::StatusOr<int> Run(const Call& call, const RunStep& step) = 0;

  // After the last step of the place: nothing is left.
  virtual void Leave(const std::string& place) = 0;
};

}  // namespace berth::imageservice
