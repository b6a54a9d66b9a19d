// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/secret.h"

namespace berth::imageservice {

// What a node signs its checkpoints with, so that it knows them again: HMAC-SHA256. Nodes that are
// to take each other's checkpoints share the file.
class SigningKey {
 public:
  // Reads the key, which is made where there is none yet. FailedPrecondition when others than root
  // can read or write the file, or when it holds no key.
  static absl::StatusOr<SigningKey> Open(const std::string& path);

  // In hex.
  std::string Sign(absl::string_view text) const;
  // In constant time.
  bool Verify(absl::string_view text, absl::string_view signature) const;

 private:
  explicit SigningKey(std::string key) : key_(std::move(key)) {}

  Secret key_;
};

}  // namespace berth::imageservice
