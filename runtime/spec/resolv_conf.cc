// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/resolv_conf.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace berth::runtime {
namespace {

// The address that the line has; empty for another line.
absl::string_view ServerIn(absl::string_view line) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
  return words.size() >= 2 && words[0] == "nameserver" ? words[1] : absl::string_view();
}

bool IsLoopbackServer(absl::string_view line) {
  const absl::string_view address = ServerIn(line);
  return absl::StartsWith(address, "127.") || address == "::1";
}

}  // namespace

bool HasNameserver(absl::string_view resolv_conf) {
  const std::vector<absl::string_view> lines = absl::StrSplit(resolv_conf, '\n');
  return absl::c_any_of(lines, [](absl::string_view line) { return !ServerIn(line).empty(); });
}

std::string WithoutLoopbackServers(absl::string_view resolv_conf) {
  std::vector<absl::string_view> lines = absl::StrSplit(resolv_conf, '\n');
  std::erase_if(lines, IsLoopbackServer);
  return absl::StrJoin(lines, "\n");
}

}  // namespace berth::runtime
