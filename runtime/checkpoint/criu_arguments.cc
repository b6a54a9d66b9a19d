// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu_arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/path.h"
#include "runtime/checkpoint/saved_files.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxErrorLines = 4;
constexpr size_t kMaxErrorText = 800;

bool IsFile(absl::string_view key) {
  return absl::StartsWith(key, "file[");
}

void Append(std::vector<std::string>& arguments, std::string option, std::string value) {
  arguments.push_back(std::move(option));
  arguments.push_back(std::move(value));
}

}  // namespace

std::vector<std::string> DumpArguments(const std::string& criu, const CriuDump& dump,
                                       const SavedContainer& saved) {
  std::vector<std::string> arguments = {criu,           "dump",
                                        "--tree",       absl::StrCat(dump.pid),
                                        "--images-dir", JoinPath(dump.directory, kCriuImages),
                                        "--work-dir",   dump.directory,
                                        "--log-file",   kCriuDumpLog,
                                        "-v2",          "--leave-running",
                                        "--file-locks", "--manage-cgroups=ignore",
                                        "--root",       absl::StrCat("/proc/", dump.pid, "/root")};
  if (!dump.freezer.empty()) {
    Append(arguments, "--freeze-cgroup", dump.freezer);
  }
  if (!dump.network.empty()) {
    Append(arguments, "--external", absl::StrCat("net[", dump.network, "]:", kCriuNetworkKey));
  }
  for (const ExternalMount& mount : saved.mounts) {
    Append(arguments, "--external",
           absl::StrCat("mnt[", mount.mount_point, "]:", mount.mount_point));
  }
  std::vector<std::string> files(saved.streams.begin(), saved.streams.end());
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  for (const std::string& key : files) {
    if (IsFile(key)) {
      Append(arguments, "--external", key);
    }
  }
  return arguments;
}

std::string CriuErrors(absl::string_view log) {
  std::vector<absl::string_view> errors;
  for (absl::string_view line : absl::StrSplit(log, '\n')) {
    const size_t start = line.find("Error (");
    const size_t end = start == line.npos ? line.npos : line.find("): ", start);
    if (end != line.npos) {
      errors.push_back(line.substr(end + 3));
    }
  }
  if (errors.size() > kMaxErrorLines) {
    errors.erase(errors.begin(), errors.end() - kMaxErrorLines);
  }
  return absl::StrJoin(errors, "; ").substr(0, kMaxErrorText);
}

bool LacksKernel(absl::string_view log) {
  return absl::StrContains(log, "Could not initialize kernel features detection");
}

}  // namespace berth::runtime
