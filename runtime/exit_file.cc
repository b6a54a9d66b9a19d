// SPDX-License-Identifier: Apache-2.0
#include "runtime/exit_file.h"

#include "base/file.h"
#include "base/path.h"
#include "runtime/plan/exit_record.h"

namespace berth::runtime {

std::optional<ContainerExit> ReadExitFile(absl::string_view pod_directory,
                                          absl::string_view container_id) {
  const std::string path = JoinPath(JoinPath(pod_directory, "exits"), container_id);
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxExitRecordSize);
  if (!text.ok()) {
    return std::nullopt;
  }
  const std::optional<ExitRecord> record = ParseExitRecord(*text);
  if (!record.has_value()) {
    return std::nullopt;
  }
  ContainerExit exit;
  exit.record = *record;
  return exit;
}

}  // namespace berth::runtime
