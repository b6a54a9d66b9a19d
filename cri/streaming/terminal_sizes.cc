// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/terminal_sizes.h"

#include "base/json.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxObject = 1024;

std::optional<uint16_t> Side(const Json& object, absl::string_view key) {
  const std::optional<int64_t> value = JsonInteger(object, key);
  if (!value.has_value() || *value < 0 || *value > UINT16_MAX) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(*value);
}

std::optional<TerminalSize> ReadSize(absl::string_view text) {
  const absl::StatusOr<Json> object = ParseJson(text, kMaxObject);
  if (!object.ok()) {
    return std::nullopt;
  }
  const std::optional<uint16_t> rows = Side(*object, "Height");
  const std::optional<uint16_t> columns = Side(*object, "Width");
  if (!rows.has_value() || !columns.has_value()) {
    return std::nullopt;
  }
  return TerminalSize{*rows, *columns};
}

}  // namespace

std::optional<TerminalSize> TerminalSizes::Receive(absl::string_view bytes) {
  std::optional<TerminalSize> last;
  for (const char byte : bytes) {
    if (byte == '{' || pending_.size() >= kMaxObject) {
      pending_.clear();
    }
    pending_ += byte;
    if (byte == '}') {
      if (const std::optional<TerminalSize> size = ReadSize(pending_); size.has_value()) {
        last = size;
      }
      pending_.clear();
    }
  }
  return last;
}

}  // namespace berth::cri
