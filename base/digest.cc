// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/lower_hex.h"
#include <openssl/evp.h>

namespace berth {
namespace {

constexpr absl::string_view kPrefix = "sha256:";
constexpr size_t kHexLength = 64;

}  // namespace

absl::StatusOr<Digest> Digest::Parse(absl::string_view text) {
  if (!absl::StartsWith(text, kPrefix) || text.size() != kPrefix.size() + kHexLength ||
      !IsLowerHex(text.substr(kPrefix.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a sha256 digest: \"", absl::CHexEscape(text.substr(0, 100)), "\""));
  }
  return Digest{std::string(text)};
}

Digest Digest::OfBytes(absl::string_view bytes) {
  Sha256 sha256;
  sha256.Update(bytes);
  return sha256.Finish();
}

struct Sha256::Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }

  EVP_MD_CTX* evp = EVP_MD_CTX_new();
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  EVP_DigestInit_ex(context_->evp, EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Update(absl::string_view bytes) {
  EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size());
}

Digest Sha256::Finish() {
  std::string raw(EVP_MAX_MD_SIZE, '\0');
  unsigned length = 0;
  EVP_DigestFinal_ex(context_->evp, reinterpret_cast<unsigned char*>(raw.data()), &length);
  raw.resize(length);
  return Digest(absl::StrCat(kPrefix, absl::BytesToHexString(raw)));
}

}  // namespace berth
