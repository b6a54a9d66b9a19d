// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

#include "cri/engine_api/networks/ip_prefix.h"

namespace berth::cri {

// A running container in a network.
struct NamedContainer {
  std::string name;             // that PTR tells
  std::set<std::string> names;  // all of them, in any case
  std::vector<IpAddress> addresses;
  std::vector<std::string> dns_servers;           // of its own; empty: the node's
  std::map<std::string, std::string> links = {};  // what it alone calls others -> a name of theirs
  bool has_way_out = false;                       // else the node's servers are not for it, either
};

// Who is called what in which network. Thread-safe.
class NameTable {
 public:
  // In place of what the container had in the network.
  void Put(const std::string& network_id, const std::string& container_id,
           const NamedContainer& container);
  void Remove(const std::string& network_id, const std::string& container_id);

  // Whom somebody at `asker` in the network calls so, in lower case, looking into all networks that
  // he is in himself. Nothing when nobody is.
  std::optional<std::vector<IpAddress>> Find(const std::string& network_id, const IpAddress& asker,
                                             absl::string_view name) const;
  std::optional<NamedContainer> Owner(const std::string& network_id,
                                      const IpAddress& address) const;

 private:
  using Containers = std::map<std::string, NamedContainer>;

  // The container's id; empty: none of ours.
  std::string IdAt(const std::string& network_id, const IpAddress& address) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Containers> networks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace berth::cri
