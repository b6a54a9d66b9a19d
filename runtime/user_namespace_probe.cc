// SPDX-License-Identifier: Apache-2.0
#include "runtime/user_namespace_probe.h"

#include <utility>

#include "base/status.h"
#include "base/sys/mount.h"
#include "base/sys/user_namespace.h"

namespace berth::runtime {
namespace {

constexpr uint32_t kFirstId = 100000;  // any but 0: nothing is made with them
constexpr uint32_t kIdCount = 65536;

absl::StatusOr<sys::DetachedMount> MakeMappedLayer(int user_namespace) {
  ASSIGN_OR_RETURN(sys::DetachedMount layer,
                   ToStatusOr(sys::NewMount("tmpfs", {}, 0), "mount a file system"));
  RETURN_IF_ERROR(ToStatus(layer.MapIds(user_namespace, false), "map the ids of a file system"));
  return layer;
}

}  // namespace

absl::Status ProbeUserNamespaces() {
  ASSIGN_OR_RETURN(
      const sys::Process holder,
      ToStatusOr(sys::HoldUserNamespace(0, kFirstId, kIdCount), "make a user namespace"));
  ASSIGN_OR_RETURN(const sys::Fd user_namespace,
                   ToStatusOr(sys::OpenNamespaceOf(holder.pid(), "user"), "open a user namespace"));
  sys::DetachedMount layers[2];
  for (sys::DetachedMount& layer : layers) {
    ASSIGN_OR_RETURN(layer, MakeMappedLayer(user_namespace.get()));
  }
  if (sys::NewOverlayOf({.lower = layers}).ok()) {
    return absl::OkStatus();
  }
  // Then the shim attaches the layers, which the daemon cannot do in the host's mount namespace.
  return ToStatus(sys::CheckOverlaysOfAttached(), "mount an overlay with mapped ids");
}

}  // namespace berth::runtime
