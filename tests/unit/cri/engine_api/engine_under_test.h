// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/engine_database.h"
#include "cri/engine_api/event_hub.h"
#include "cri/engine_api/networks/network_registry.h"
#include "cri/engine_api/volumes/volume_store.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_plan_check.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {

// An engine over pods that are records, in a directory of its own; without containers, but for what
// a test has put into the database.
struct EngineUnderTest {
  void Open() {
    NetworkOptions options;
    options.root = space.path();
    options.bridge = "berth-unit0";
    options.bridge_subnet = "172.17.0.0/16";
    options.names_port = 0;
    networks = NetworkRegistry::Open(*database, runtime, options).value();
    volumes = VolumeStore::Open(*database, space.Join("root")).value();
    engine = ContainerEngine::Open(Parts(), space.Join("root")).value();
  }

  // A container of the image busybox.
  absl::StatusOr<std::string> Create(const std::string& name, const Json& host_config,
                                     const Json& endpoints = Json::object()) {
    if (images.images.empty()) {
      imageservice::Image& image = images.images.emplace_back();
      image.id = "sha256:1";
      image.repo_tags = {"busybox"};
    }
    return engine->Create(Call(), {.name = name,
                                   .config = {{"Image", "busybox"}, {"Cmd", {"true"}}},
                                   .host_config = host_config,
                                   .networking = endpoints});
  }

  EngineParts Parts() { return PartsOver(runtime, images); }

  EngineParts PartsOver(runtime::PodRuntime& other_runtime,
                        imageservice::ImageStore& other_images) {
    return {.runtime = other_runtime,
            .pods = pods,
            .images = other_images,
            .networks = *networks,
            .volumes = *volumes,
            .database = *database,
            .events = events,
            .plans = plans};
  }

  test::TempDir space;
  test::FakePodRuntime runtime;
  test::FakePodRuntime pods;
  test::FakeImageStore images;
  test::FakePlanCheck plans;
  EventHub events;
  const std::unique_ptr<EngineDatabase> database =
      EngineDatabase::Open(space.Join("engine.db")).value();
  std::unique_ptr<NetworkRegistry> networks;
  std::unique_ptr<VolumeStore> volumes;
  std::unique_ptr<ContainerEngine> engine;
};

}  // namespace berth::cri
