// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

namespace berth {

// A password or token. There is no way to print one but Reveal(), which greps well.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  friend bool operator==(const Secret& a, const Secret& b) { return a.value_ == b.value_; }

 private:
  std::string value_;
};

}  // namespace berth
