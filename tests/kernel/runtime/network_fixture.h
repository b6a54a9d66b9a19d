// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "tests/kernel/runtime/runtime_fixture.h"

namespace berth::runtime {

// A runtime whose pods are on a bridge in the test's own network namespace.
class NetworkFixture : public RuntimeFixture {
 public:
  NetworkFixture() {
    dir().Write("net.d/10-test.conflist", absl::StrCat(R"json({
      "cniVersion": "1.0.0", "name": "test",
      "plugins": [{
        "type": "bridge", "bridge": "berth-test", "isGateway": true, "ipMasq": false,
        "ipam": {"type": "host-local", "dataDir": ")json",
                                                       dir().Join("ipam"), R"json(",
                 "ranges": [[{"subnet": "10.99.0.0/24"}]]}}]})json"));
    options().cni_config_dirs = {dir().Join("net.d")};
  }

  v1::PodSandboxConfig NetworkPodConfig(const std::string& name) const {
    v1::PodSandboxConfig config = PodConfig(name);
    config.set_hostname(name);
    config.mutable_linux()->mutable_security_context()->mutable_namespace_options()->set_network(
        v1::POD);
    return config;
  }

  // The same with a user namespace whose 65536 ids begin at `first`.
  v1::PodSandboxConfig MappedPodConfig(const std::string& name, uint32_t first) const {
    constexpr uint32_t kIds = 65536;
    v1::PodSandboxConfig config = NetworkPodConfig(name);
    v1::UserNamespace& users = *config.mutable_linux()
                                    ->mutable_security_context()
                                    ->mutable_namespace_options()
                                    ->mutable_userns_options();
    users.set_mode(v1::POD);
    for (v1::IDMapping* mapping : {users.add_uids(), users.add_gids()}) {
      mapping->set_host_id(first);
      mapping->set_length(kIds);
    }
    return config;
  }

  // What host-local has given out.
  std::vector<std::string> AddressesInUse() const {
    std::vector<std::string> addresses;
    for (const std::string& name : EntriesOf(dir_path() + "/ipam/test")) {
      if (absl::StartsWith(name, "10.99.")) {
        addresses.push_back(name);
      }
    }
    return addresses;
  }
};

}  // namespace berth::runtime
