// SPDX-License-Identifier: Apache-2.0
#include "runtime/names.h"

#include "absl/strings/str_cat.h"

#include "base/lower_hex.h"

namespace berth::runtime {
namespace {

constexpr size_t kIdLength = 64;

// A length in front, since any byte may be part of a name.
std::string Part(absl::string_view text) {
  return absl::StrCat(text.size(), ":", text, "/");
}

}  // namespace

std::string PodNameKey(const v1::PodSandboxMetadata& metadata) {
  return absl::StrCat(Part(metadata.name()), Part(metadata.namespace_()), Part(metadata.uid()),
                      metadata.attempt());
}

std::string ContainerNameKey(absl::string_view pod_id, const v1::ContainerMetadata& metadata) {
  return absl::StrCat(pod_id, "/", Part(metadata.name()), metadata.attempt());
}

bool IsObjectId(absl::string_view name) {
  return name.size() == kIdLength && IsLowerHex(name);
}

}  // namespace berth::runtime
