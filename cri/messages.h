// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"
#include "imageservice/image_store.h"
#include "proto/runtime/v1/api.pb.h"
#include "runtime/event_queue.h"
#include "runtime/pod_runtime.h"

// From what the doors answer to CRI messages. Pure.
namespace berth::cri {

namespace v1 = ::runtime::v1;

v1::PodSandbox ToPodSandbox(const runtime::PodSnapshot& pod);
v1::PodSandboxStatus ToPodSandboxStatus(const runtime::PodSnapshot& pod);
v1::Container ToContainer(const runtime::ContainerSnapshot& container);
v1::ContainerStatus ToContainerStatus(const runtime::ContainerSnapshot& container);
v1::ContainerStats ToContainerStats(const runtime::ContainerSnapshot& container,
                                    const runtime::ContainerUsage& usage);
v1::PodSandboxStats ToPodSandboxStats(const runtime::PodSnapshot& pod,
                                      const runtime::PodUsage& usage);
v1::NetworkUsage ToNetworkUsage(const runtime::PodNetworkUsage& usage, absl::Time at);
v1::ContainerEventResponse ToContainerEvent(const runtime::ContainerEvent& event);
v1::Image ToImage(const imageservice::Image& image);

// The maps of a verbose status: keys and JSON that crictl and node scripts read (`.info.pid`).
std::string PodInfoJson(const runtime::PodSnapshot& pod);
std::string ContainerInfoJson(const runtime::ContainerSnapshot& container, bool frozen);
// `config` is the image's, as its registry has it.
std::string ImageInfoJson(const imageservice::Image& image, const Json& config);

// Filters: an id may be a prefix, labels must all be equal, and all conditions hold together.
bool Matches(const runtime::PodSnapshot& pod, const v1::PodSandboxFilter& filter);
bool Matches(const runtime::PodSnapshot& pod, const v1::PodSandboxStatsFilter& filter);
bool Matches(const runtime::ContainerSnapshot& container, const v1::ContainerFilter& filter);
bool Matches(const runtime::ContainerSnapshot& container, const v1::ContainerStatsFilter& filter);

}  // namespace berth::cri
