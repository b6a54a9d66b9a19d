// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/mapped_layers.h"

#include <fcntl.h>

#include <algorithm>
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
  if (layers.upper.empty()) {
    return sys::NewOverlayOf({.lower = lower, .label = layers.label});
  }
  SYS_ASSIGN_OR_RETURN(const Writable writable, OpenWritable(layers, user_namespace));
  return sys::NewOverlayOf({.lower = lower,
                            .upper = writable.upper.get(),
                            .work = writable.work.get(),
                            .is_volatile = layers.is_volatile,
                            .label = layers.label});
}

}  // namespace berth::shim
