// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
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

struct Column {
  std::string header;      // in capitals
  std::string field = {};  // by which templates know it; empty: "CreatedAt" of "CREATED AT"
  bool is_hidden = false;  // only templates show it
};
using Columns = std::vector<Column>;

// Rows under headers, spaced as docker spaces them.
class Table {
 public:
  static constexpr size_t kUsualWidth = 10;

  struct Row {
    std::vector<std::string> cells;
    std::map<std::string, std::string> labels;
  };

  // No column but the last is narrower than `least_width`.
  explicit Table(Columns columns, size_t least_width = kUsualWidth);

  // As many cells as there are columns. Control characters are escaped, since names and commands
  // come from elsewhere and would reach a terminal. `labels` are for templates (`.Label "x"`).
  void Add(std::vector<std::string> cells, std::map<std::string, std::string> labels = {});

  std::string str() const;

  const Columns& columns() const { return columns_; }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  Columns columns_;
  size_t least_width_;
  std::vector<Row> rows_;
};

// An id, or a digest without its "sha256:", cut to the 12 digits that people use; whole if `whole`.
std::string ShortId(absl::string_view id, bool whole = false);

// At most so many characters, the last of which is an ellipsis where it was cut.
std::string Ellipsis(const std::string& text, size_t characters);

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
