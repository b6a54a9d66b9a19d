// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "nlohmann/json.hpp"
#include "proto/runtime/v1/api.pb.h"

namespace berth::cli {

namespace v1 = ::runtime::v1;

// Members keep their order, so that people find their way in it.
using Json = nlohmann::ordered_json;

// Rows under headers in capitals, columns three spaces apart.
class Table {
 public:
  // `hidden` are the headers of cells behind the shown ones, which only templates show.
  explicit Table(std::vector<std::string> headers, const std::vector<std::string>& hidden = {})
      : shown_(headers.size()) {
    headers.insert(headers.end(), hidden.begin(), hidden.end());
    rows_.push_back(std::move(headers));
  }

  // As many cells as there are headers. Control characters are escaped, since names and commands
  // come from elsewhere and would reach a terminal.
  void Add(std::vector<std::string> cells);

  std::string str() const;

  // The headers, then what was added.
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }

 private:
  size_t shown_;  // columns
  std::vector<std::vector<std::string>> rows_;
};

// An id, or a digest without its "sha256:", cut to the 12 digits that people use; whole if `whole`.
std::string ShortId(absl::string_view id, bool whole = false);

// In double quotes, cut to 20 characters with an ellipsis unless `whole`.
std::string QuotedCommand(const std::vector<std::string>& command, bool whole = false);

// "running", "exited", "created", "unknown"; "ready", "notready".
std::string StateName(v1::ContainerState state);
std::string StateName(v1::PodSandboxState state);

// "Up 5 minutes", "Exited (137) 2 hours ago", "Created", "Unknown".
std::string StatusText(const v1::ContainerStatus& status, absl::Time now);

// "0.0.0.0:8080->80/tcp", "[::1]:53->53/udp", "80/tcp" for one that the host does not map.
std::string PortText(const v1::PortMapping& port);

// A message in protobuf's JSON with its fields named as in the CRI's other clients (lowerCamel),
// fields at their default included.
Json MessageJson(const google::protobuf::Message& message);

// Indented, with invalid UTF-8 replaced and a newline at the end.
std::string Pretty(const Json& json);

// Writes all to stdout.
void Print(absl::string_view text);

}  // namespace berth::cli
