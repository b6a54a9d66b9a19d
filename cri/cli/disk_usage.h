// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "base/json.h"
#include "cri/cli/output.h"

namespace berth::cli {

// What one kind of things takes of the disk. Sizes in bytes.
struct KindUsage {
  std::string kind;  // in docker's words: "Images", "Containers", "Local Volumes", "Build Cache"
  uint64_t total = 0;
  uint64_t active = 0;  // in use
  uint64_t size = 0;
  uint64_t reclaimable = 0;  // by `prune` of all that is not in use
};

// Of an answer of the Engine API's GET /system/df, one of each kind. Pure.
std::vector<KindUsage> UsageByKind(const berth::Json& answer);

// Each thing of each kind, as docker shows them with -v. Pure.
std::string DetailedUsage(const berth::Json& answer, absl::Time now);

// As docker shows them: a table, or for programs.
Table UsageTable(const std::vector<KindUsage>& kinds);
Json UsageJson(const std::vector<KindUsage>& kinds);

}  // namespace berth::cli
