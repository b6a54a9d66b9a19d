// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "runtime/checkpoint/criu_restore.h"
#include "runtime/checkpoint/saved_container.h"

// A checkpoint's berth.dump: nothing in it names a place of the host to CRIU but on the stage.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::runtime;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<SavedContainer> saved = ParseSavedContainer(text);
  if (!saved.ok()) {
    return 0;
  }
  LaunchPlan plan;
  plan.mounts.emplace_back().destination = "/data";
  const ProgramPlan program = PlanRestore("/criu", "/restore", "/stage", *saved, plan);
  for (const std::string& word : program.arguments) {
    const size_t value = word.find("]:");
    if (!absl::StartsWith(word, "mnt[")) {
      continue;
    }
    const absl::string_view source = absl::string_view(word).substr(value + 2);
    if (value == word.npos || (source != "/dev/null" && source != "/stage/mounts/0")) {
      abort();
    }
  }
  return 0;
}
