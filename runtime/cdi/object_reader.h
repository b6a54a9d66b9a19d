// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

namespace berth::cdi {

// Reads the members of one JSON object by name and remembers the first thing that is wrong with
// them, so that a structure is read by a list of its fields. An absent or null member is an empty
// value. `json` must outlive the reader.
class ObjectReader {
 public:
  // `where` names the object in errors: "devices[0]".
  ObjectReader(const Json& json, std::string where);

  std::string String(absl::string_view key);  // an integer is taken as it is written
  std::vector<std::string> Strings(absl::string_view key);
  std::optional<uint32_t> Number(absl::string_view key);
  std::vector<uint32_t> Numbers(absl::string_view key);
  // Objects within; null when absent.
  const Json* Object(absl::string_view key);
  // An empty array when absent.
  const Json& Array(absl::string_view key);
  bool Has(absl::string_view key);  // and it is not empty

  // Names what is asked for, unless something was wrong before.
  void Refuse(absl::string_view problem);

  // The first problem. A member that nobody has asked for is one: whoever wrote it relies on it.
  absl::Status Finish();

 private:
  const Json* Find(absl::string_view key);
  void WrongType(absl::string_view key, absl::string_view expected);

  const Json& json_;
  std::string where_;
  std::set<std::string, std::less<>> known_;
  absl::Status status_;
};

}  // namespace berth::cdi
