// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

inline constexpr size_t kMaxHostsFile = 1 << 20;

// One [host."…"] table, or the top level. Paths are as written.
struct HostEntry {
  std::string url;  // empty at the top level when there is no `server`
  bool can_pull = true;
  bool can_resolve = true;
  bool can_push = true;
  std::vector<std::string> ca;
  std::vector<std::pair<std::string, std::string>>
      client;  // certificate and key; the key may be empty
  std::optional<bool> skip_verify;
  std::vector<HttpHeader> headers;
  bool override_path = false;
  std::optional<absl::Duration> dial_timeout;
  bool send_credentials = false;    // ours: the registry's credentials go to this mirror too
  std::vector<std::string> realms;  // ours: hosts that may hand out tokens for this one
};

struct HostsFile {
  std::vector<HostEntry> mirrors;  // in the order of the file
  HostEntry server;
  std::vector<std::string> unknown = {};  // keys that were skipped: "<name>:3: capabilties"
};

// A hosts.toml in containerd's format. Pure. Keys that are not known are skipped, as containerd
// does, and told. InvalidArgument, with `name` and the line, for what is malformed.
absl::StatusOr<HostsFile> ParseHostsFile(absl::string_view text, absl::string_view name);

}  // namespace berth::imageservice
