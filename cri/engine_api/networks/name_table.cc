// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/name_table.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"

namespace berth::cri {

void NameTable::Put(const std::string& network_id, const std::string& container_id,
                    const NamedContainer& container) {
  NamedContainer copy = container;
  copy.names.clear();
  for (const std::string& name : container.names) {
    copy.names.insert(absl::AsciiStrToLower(name));
  }
  copy.links.clear();
  for (const auto& [alias, name] : container.links) {
    copy.links[absl::AsciiStrToLower(alias)] = absl::AsciiStrToLower(name);
  }
  absl::MutexLock lock(&mutex_);
  networks_[network_id][container_id] = std::move(copy);
}

void NameTable::Remove(const std::string& network_id, const std::string& container_id) {
  absl::MutexLock lock(&mutex_);
  const auto network = networks_.find(network_id);
  if (network != networks_.end()) {
    network->second.erase(container_id);
    if (network->second.empty()) {
      networks_.erase(network);
    }
  }
}

std::string NameTable::IdAt(const std::string& network_id, const IpAddress& address) const {
  const auto network = networks_.find(network_id);
  if (network != networks_.end()) {
    for (const auto& [id, container] : network->second) {
      if (absl::c_linear_search(container.addresses, address)) {
        return id;
      }
    }
  }
  return "";
}

std::optional<std::vector<IpAddress>> NameTable::Find(const std::string& network_id,
                                                      const IpAddress& asker,
                                                      absl::string_view name) const {
  absl::MutexLock lock(&mutex_);
  const std::string asker_id = IdAt(network_id, asker);
  std::string wanted(name);
  if (!asker_id.empty()) {
    const NamedContainer& own = networks_.at(network_id).at(asker_id);
    const auto link = own.links.find(wanted);
    wanted = link == own.links.end() ? wanted : link->second;
  }
  std::optional<std::vector<IpAddress>> found;
  for (const auto& [id, containers] : networks_) {
    if (id != network_id && containers.find(asker_id) == containers.end()) {
      continue;
    }
    for (const auto& [container_id, container] : containers) {
      if (container.names.find(wanted) != container.names.end()) {
        std::vector<IpAddress>& all = found.has_value() ? *found : found.emplace();
        all.insert(all.end(), container.addresses.begin(), container.addresses.end());
      }
    }
  }
  return found;
}

std::optional<NamedContainer> NameTable::Owner(const std::string& network_id,
                                               const IpAddress& address) const {
  absl::MutexLock lock(&mutex_);
  const std::string id = IdAt(network_id, address);
  return id.empty() ? std::nullopt : std::optional(networks_.at(network_id).at(id));
}

}  // namespace berth::cri
