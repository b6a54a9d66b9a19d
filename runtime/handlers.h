// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "runtime/oci/command.h"
#include "runtime/oci/features.h"

namespace berth::runtime {

// An OCI runtime that starts the containers of the pods that name it.
struct NodeRuntime {
  oci::Runtime runtime;
  oci::Features features;
  bool has_own_root = false;  // what is in runtime.root is ours alone
  absl::Status usable;        // why it was none when the daemon has started
};

// What a pod's handler may be: our own shim (no name, or "berth"), or one of the node's runtimes.
// Never changes once it is open.
class Handlers {
 public:
  // Asks each runtime for its features, and makes its state directory: that which is named, or
  // handlers/<name> below `state`. One that cannot be used is logged and takes no pods.
  static Handlers Open(const std::map<std::string, oci::Runtime>& runtimes,
                       absl::string_view state);

  // InvalidArgument for a name that is none, FailedPrecondition for a runtime that cannot be used.
  absl::Status Check(absl::string_view name) const;

  // Whether pods that name it are started by our own shim.
  static bool IsOwn(absl::string_view name);

  // Null for our own, and for one that is configured no longer.
  const NodeRuntime* Find(absl::string_view name) const;

  // Those that take pods, ours first.
  std::vector<std::string> Names() const;

  const std::map<std::string, NodeRuntime, std::less<>>& runtimes() const { return runtimes_; }

 private:
  std::map<std::string, NodeRuntime, std::less<>> runtimes_;
};

}  // namespace berth::runtime
