// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/pod_extras.h"
#include "runtime/spec/container_image.h"

// The fields of records that are lists or structures, as JSON text in one column. Pure; parsing
// returns DataLoss for what formatting did not write.
namespace berth::runtime {

std::string FormatStrings(const std::vector<std::string>& strings);
absl::StatusOr<std::vector<std::string>> ParseStrings(absl::string_view text);

std::string FormatIds(const std::vector<uint32_t>& ids);
absl::StatusOr<std::vector<uint32_t>> ParseIds(absl::string_view text);

std::string FormatImage(const ContainerImage& image);
absl::StatusOr<ContainerImage> ParseImage(absl::string_view text);

std::string FormatExtras(const PodExtras& extras);
absl::StatusOr<PodExtras> ParseExtras(absl::string_view text);

}  // namespace berth::runtime
