// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/engine_api/exchange.h"

namespace berth::cri {

// A request's body, which is an object or empty, which is an empty one. InvalidArgument for others.
absl::StatusOr<Json> ReadJsonBody(Exchange& exchange);

// Reads the fields of an object of a request. What is absent or null has its zero value, what is
// not known is not looked at, and a wrong type is an error: the first one is kept. Borrows the
// object.
class JsonFields {
 public:
  // `path` is the object's own name for errors, "HostConfig" say; empty: the document itself.
  explicit JsonFields(const Json& object, std::string path = "");

  std::string Text(absl::string_view name);
  int64_t Integer(absl::string_view name);
  std::optional<int64_t> OptionalInteger(absl::string_view name);
  bool Flag(absl::string_view name);
  std::optional<bool> OptionalFlag(absl::string_view name);
  std::vector<std::string> Texts(absl::string_view name);
  // Also of a single string, as old clients write a command.
  std::vector<std::string> TextOrTexts(absl::string_view name);
  std::map<std::string, std::string> TextMap(absl::string_view name);
  std::vector<std::string> Keys(absl::string_view name);  // of an object used as a set
  // An empty one when it is absent.
  const Json& Object(absl::string_view name);
  const Json& Array(absl::string_view name);

  // Makes an error of the caller's this one's, if it is the first.
  void Note(const absl::Status& status);
  // InvalidArgument naming the field.
  const absl::Status& status() const { return status_; }
  std::string PathOf(absl::string_view name) const;

 private:
  // Null when it is absent, null, or of another type, which is noted.
  const Json* Find(absl::string_view name, bool (Json::*is)() const noexcept,
                   absl::string_view wanted);
  void Refuse(absl::string_view name, absl::string_view wanted);

  const Json& object_;
  const std::string path_;
  absl::Status status_;
};

}  // namespace berth::cri
