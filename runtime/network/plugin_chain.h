// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/json.h"
#include "runtime/network/attachment.h"
#include "runtime/network/cni_config.h"
#include "runtime/network/cni_plugin.h"

namespace berth::runtime {

// The plugins of one network, run one after another as the specification orders them. Errors read
// "network <name>: plugin <type>: ...". Both arguments must outlive the chain.
class PluginChain {
 public:
  PluginChain(const NetworkConfig& network, const std::vector<std::string>& plugin_dirs)
      : network_(network), plugin_dirs_(plugin_dirs) {}

  // Runs ADD until the first failure, each plugin seeing the result of the one before. `result` of
  // the attachment is set after each and then `save` called; its failure ends the chain.
  absl::Status Add(const Call& call, Attachment& attachment,
                   const std::function<absl::Status()>& save) const;

  // Runs DEL of all plugins in reverse, whatever fails, each with its share of the time left, so
  // that one that hangs does not keep the others from freeing what they hold. Returns the first
  // failure.
  absl::Status Delete(const Call& call, const Attachment& attachment) const;

  // Runs CHECK until the first failure. OK when the configuration disables it, Unimplemented
  // before 0.4, FailedPrecondition when there is no result to check against.
  absl::Status Check(const Call& call, const Attachment& attachment) const;

  // Runs GC of all plugins, whatever fails. `valid` lists what must stay. OK when the configuration
  // disables it and before 1.1.
  absl::Status CollectGarbage(const Call& call, const Json& valid) const;

  // OK when the program of every plugin is there; Unavailable else.
  absl::Status FindPrograms() const;

  // OK, or why ADD would fail: a plugin's program is missing, or STATUS (1.1) says so.
  absl::Status Status(const Call& call) const;

 private:
  absl::StatusOr<std::string> Run(const Call& call, absl::string_view command,
                                  const PluginConfig& plugin, const Attachment* attachment,
                                  const PluginContext& context) const;
  absl::Status Failure(const absl::Status& status, const PluginConfig& plugin) const;

  const NetworkConfig& network_;
  const std::vector<std::string>& plugin_dirs_;
};

}  // namespace berth::runtime
