// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth {

// A sha256 digest by the OCI grammar, `sha256:<64 lowercase hex>`. A value of this type is always
// well-formed, so it is safe as a file name.
class Digest {
 public:
  // InvalidArgument for another algorithm, length or alphabet.
  static absl::StatusOr<Digest> Parse(absl::string_view text);

  static Digest OfBytes(absl::string_view bytes);

  const std::string& str() const { return text_; }                              // sha256:ab…
  absl::string_view hex() const { return absl::string_view(text_).substr(7); }  // ab…

  friend bool operator==(const Digest& a, const Digest& b) { return a.text_ == b.text_; }
  friend bool operator!=(const Digest& a, const Digest& b) { return a.text_ != b.text_; }
  friend bool operator<(const Digest& a, const Digest& b) { return a.text_ < b.text_; }
  template <typename H>
  friend H AbslHashValue(H h, const Digest& digest) {
    return H::combine(std::move(h), digest.text_);
  }

 private:
  friend class Sha256;
  explicit Digest(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// Computes a sha256 piecewise. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(absl::string_view bytes);

  // Ends the computation; no further call but destruction is allowed.
  Digest Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace berth
