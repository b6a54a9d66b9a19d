// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cri/runtime_service.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/fakes/fake_streaming_server.h"
#include "tests/unit/cri/rpc_under_test.h"

namespace berth::cri {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A RuntimeService whose doors are fakes.
class RuntimeServiceTest : public ::testing::Test {
 protected:
  runtime::PodSnapshot& AddPod(const std::string& id) {
    runtime::PodSnapshot& pod = runtime.pods.emplace_back();
    pod.id = id;
    pod.state = v1::SANDBOX_READY;
    pod.config.mutable_metadata()->set_name(id);
    return pod;
  }
  runtime::ContainerSnapshot& AddContainer(const std::string& id, v1::ContainerState state) {
    runtime::ContainerSnapshot& container = runtime.containers.emplace_back();
    container.id = id;
    container.pod_id = "a0";
    container.state = state;
    container.config.mutable_metadata()->set_name(id);
    return container;
  }

  test::FakePodRuntime runtime;
  test::FakeImageStore images;
  test::FakeStreamingServer streams;
  metrics::Metrics metrics;
  RuntimeService service{runtime, images, streams, metrics, R"({"root":"/r"})"};
};

}  // namespace berth::cri
