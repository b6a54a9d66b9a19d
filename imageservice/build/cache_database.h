// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/database.h"

namespace berth::imageservice {

// Opens a database whose loss costs time alone, as Database::Open with Durability::kProcess. One
// that is damaged is begun anew, with a warning; what it was stays as PATH.damaged, in place of the
// one before it.
absl::StatusOr<Database> OpenCacheDatabase(const std::string& path,
                                           std::span<const absl::string_view> migrations);

}  // namespace berth::imageservice
