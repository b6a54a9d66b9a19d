// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/mapped_layers.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include "base/sys/file.h"

namespace berth::shim {
namespace {

// The longest path that both are below, without the slash at its end.
std::string_view CommonDirectory(std::string_view one, std::string_view other) {
  const auto [end, unused] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  const std::string_view same = one.substr(0, static_cast<size_t>(end - one.begin()));
  const size_t slash = same.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : same.substr(0, slash);
}

// The kernel wants both to be of one mount.
struct Writable {
  sys::DetachedMount parent;
  sys::Fd upper;
  sys::Fd work;
};

sys::ErrnoOr<Writable> OpenWritable(const MappedLayers& layers, int user_namespace) {
  const std::string_view common = CommonDirectory(layers.upper, layers.work);
  if (common.empty() || common.size() >= std::min(layers.upper.size(), layers.work.size())) {
    return sys::Errno{EINVAL, "mount overlay"};
  }
  constexpr int kFlags = O_PATH | O_DIRECTORY;
  Writable writable;
  SYS_ASSIGN_OR_RETURN(writable.parent, CloneMapped(std::string(common), user_namespace));
  const int parent = writable.parent.fd();
  const size_t rest = common.size() + 1;
  SYS_ASSIGN_OR_RETURN(writable.upper,
                       sys::OpenBeneath(parent, layers.upper.c_str() + rest, kFlags));
  SYS_ASSIGN_OR_RETURN(writable.work, sys::OpenBeneath(parent, layers.work.c_str() + rest, kFlags));
  return writable;
}

// Each over the one before it, which their descriptors reach all the same.
sys::Result AttachAll(std::span<const sys::DetachedMount> mounts, const char* path) {
  for (const sys::DetachedMount& mount : mounts) {
    SYS_ASSIGN_OR_RETURN(sys::Fd place, sys::OpenAt(AT_FDCWD, path, O_PATH | O_DIRECTORY));
    SYS_RETURN_IF_ERROR(mount.AttachAt(place.get()));
  }
  return sys::Done{};
}

}  // namespace

sys::ErrnoOr<sys::DetachedMount> CloneMapped(const std::string& path, int user_namespace) {
  SYS_ASSIGN_OR_RETURN(sys::DetachedMount clone, sys::CloneMount(AT_FDCWD, path.c_str(), false));
  SYS_RETURN_IF_ERROR(clone.MapIds(user_namespace, false));
  return clone;
}

sys::ErrnoOr<sys::DetachedMount> NewMappedOverlay(const MappedLayers& layers, int user_namespace) {
  std::vector<sys::DetachedMount> lower;
  for (const std::string& directory : layers.lower) {
    SYS_ASSIGN_OR_RETURN(sys::DetachedMount layer, CloneMapped(directory, user_namespace));
    lower.push_back(std::move(layer));
  }
  Writable writable;
  if (!layers.upper.empty()) {
    SYS_ASSIGN_OR_RETURN(writable, OpenWritable(layers, user_namespace));
  }
  const sys::OverlayDirectories directories = {.lower = lower,
                                               .upper = writable.upper.get(),
                                               .work = writable.work.get(),
                                               .is_volatile = layers.is_volatile,
                                               .label = layers.label};
  sys::ErrnoOr<sys::DetachedMount> overlay = sys::NewOverlayOf(directories);
  if (overlay.ok() || (overlay.error().code != EINVAL && overlay.error().code != EBADF)) {
    return overlay;
  }
  SYS_RETURN_IF_ERROR(AttachAll(lower, layers.place));  // until Linux 6.15 is the oldest supported
  if (!layers.upper.empty()) {
    SYS_RETURN_IF_ERROR(AttachAll({&writable.parent, 1}, layers.place));
  }
  return sys::NewOverlayOfAttached(directories);
}

}  // namespace berth::shim
