// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "metrics/metrics.h"
#include "runtime/network/network_choice.h"
#include "runtime/network/undo_time.h"

namespace berth::runtime {

struct PortMapping {
  int host_port = 0;
  int container_port = 0;
  std::string protocol;  // tcp, udp, sctp
  std::string host_ip;
};

// What a network is asked for on behalf of one pod.
struct AttachmentRequest {
  std::string pod_id;  // CNI_CONTAINERID
  std::string pod_name;
  std::string pod_namespace;
  std::string pod_uid;
  std::string namespace_path;  // CNI_NETNS
  std::vector<PortMapping> port_mappings;
  std::map<std::string, std::string>
      annotations;  // kubernetes.io/{in,e}gress-bandwidth are understood
  std::vector<std::string> dns_servers, dns_searches, dns_options;
  std::string cgroup_parent;
  std::vector<NetworkChoice> networks;  // in this order; empty: the first of the directory, as eth0
};

struct AttachmentResult {
  std::vector<std::string> ips;  // of the first interface, IPv4 first
};

struct NetworkOptions {
  std::vector<std::string> config_dirs;  // the first existing one counts
  std::vector<std::string> plugin_dirs;
  std::string cache_dir;  // results/<network>-<pod>-<interface> below it, in libcni's format
  std::vector<std::string> lease_dirs = {};  // dataDirs of host-local that are ours alone
  std::shared_ptr<const UndoTime> undo_time = std::make_shared<UndoTime>();
};

// Pod networks by CNI (spec 0.3.1 to 1.1). Configuration is read anew when its directory has
// changed. Thread-safe: operations on one pod come one after the other, those on different pods run
// in parallel, and garbage is collected when there are none.
class PodNetwork {
 public:
  // Ends plugins that a killed daemon over the same cache left running, and frees addresses that a
  // plugin of host-local was cut short over. Nobody else may use the cache, nor these networks.
  static std::unique_ptr<PodNetwork> Create(NetworkOptions options, metrics::Metrics& metrics);
  virtual ~PodNetwork() = default;

  // Runs ADD of every plugin of the networks asked for, or of the first of the directory. An
  // attachment (configuration and arguments) is on disk before its first plugin runs and the result
  // after the last. On failure DEL of what was added has been run, in the time for undoing.
  // AlreadyExists when the pod has that network or interface, or asks for the directory's and has
  // any. Unavailable when there is no usable configuration.
  virtual absl::StatusOr<AttachmentResult> Attach(const Call& call,
                                                  const AttachmentRequest& request) = 0;

  // Runs DEL with the cached configuration, arguments and result, whatever has become of the
  // configuration since: of all networks, the highest interface first, or of the one that is named.
  // `namespace_path` may be empty or gone. Nothing cached: OK. On failure the cache stays, so that
  // it can be tried again.
  virtual absl::Status Detach(const Call& call, absl::string_view pod_id,
                              absl::string_view namespace_path, absl::string_view network = "") = 0;

  // What is cached of the pod, by interface; an attachment without a result has no addresses.
  virtual absl::StatusOr<std::vector<AttachedInterface>> Interfaces(
      absl::string_view pod_id) const = 0;

  virtual absl::Status Check(const Call& call, absl::string_view pod_id,
                             absl::string_view namespace_path) = 0;

  // Detaches every cached attachment of a pod that is not in `live`, then runs GC (1.1) where the
  // network's version has it.
  virtual absl::Status CollectGarbage(const Call& call, const std::vector<std::string>& live) = 0;

  // OK, or why ADD would fail: no configuration, or STATUS says so (answers are kept for seconds).
  virtual absl::Status Ready() = 0;
};

}  // namespace berth::runtime
