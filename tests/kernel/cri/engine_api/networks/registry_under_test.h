// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/networks/network_request.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {

// A registry in a directory of its own over pods that are records; it can be opened anew as by
// another daemon.
struct RegistryUnderTest {
  RegistryUnderTest() { Open(); }

  void Open() {
    networks.reset();
    database.reset();
    auto opened = EngineDatabase::Open(directory.Join("engine.db"));
    ASSERT_THAT(opened, test::IsOk());
    database = *std::move(opened);
    NetworkOptions options;
    options.root = directory.path();
    options.bridge = bridge;
    options.bridge_subnet = bridge_subnet;
    options.address_pools = {"172.18.0.0/15:16"};
    options.names.resolv_conf = directory.Write("resolv.conf", resolv_conf);
    auto registry = NetworkRegistry::Open(*database, runtime, options);
    ASSERT_THAT(registry, test::IsOk());
    networks = *std::move(registry);
  }

  Network Make(const std::string& name, const std::string& more = "") {
    const auto made = networks->Create(
        *ReadNetworkRequest(*ParseJson(R"({"Name":")" + name + "\"" + more + "}", 1 << 16)));
    EXPECT_THAT(made, test::IsOk());
    return made.value_or(Network());
  }

  // A container by the body of its creation.
  absl::Status Add(const std::string& id, const std::string& body) {
    auto networking = ReadContainerNetworking(*ParseJson(body, 1 << 16));
    EXPECT_THAT(networking, test::IsOk());
    networking->container_id = id;
    networking->name = "name-" + id;
    return networks->Add(*std::move(networking));
  }

  // Starts the container in a pod of its id, whose eth0 in `network` has the address.
  PodNetworking Start(const std::string& id, const Network& network, const std::string& address) {
    const auto plan = networks->PlanStart(Call(), id);
    EXPECT_THAT(plan, test::IsOk());
    runtime::PodSnapshot pod;
    pod.id = "pod-" + id;
    for (const PublishedPort& port : plan.value_or(PodNetworking()).ports) {
      auto* mapping = pod.config.add_port_mappings();
      mapping->set_container_port(port.container_port);
      mapping->set_host_port(port.host_port);
      mapping->set_host_ip(port.host_ip);
    }
    runtime.pods.push_back(pod);
    runtime.interfaces[pod.id] = {{network.cni_name(), "eth0", "02:00", {address}, {""}}};
    EXPECT_THAT(networks->Started(id, pod.id), test::IsOk());
    return plan.value_or(PodNetworking());
  }

  std::string bridge = "berth-docker0", bridge_subnet = "172.17.0.0/16";  // for the next Open
  std::string resolv_conf = "nameserver 192.0.2.1\n";
  test::TempDir directory;
  test::FakePodRuntime runtime;
  std::unique_ptr<EngineDatabase> database;
  std::unique_ptr<NetworkRegistry> networks;
};

}  // namespace berth::cri
