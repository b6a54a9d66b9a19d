// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/signing_key.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/new_file.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace berth::imageservice {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kMaxKeyFile = 4096;

// Another one that has come first is fine.
absl::Status MakeKey(const std::string& path) {
  const absl::Status made = WriteNewFile(path, RandomHex(kKeyBytes) + "\n");
  return absl::IsAlreadyExists(made) ? absl::OkStatus() : made;
}

absl::StatusOr<sys::Fd> OpenKey(const std::string& path) {
  auto open = [&path] { return sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW); };
  sys::ErrnoOr<sys::Fd> file = open();
  if (!file.ok() && file.error().code == ENOENT) {
    RETURN_IF_ERROR(Annotate(MakeKey(path), "make the key of checkpoints"));
    file = open();
  }
  return ToStatusOr(std::move(file), "read the key of checkpoints ", path);
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::Open(const std::string& path) {
  ASSIGN_OR_RETURN(const sys::Fd file, OpenKey(path));
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(file.get()), path));
  if (!S_ISREG(info.st_mode) || info.st_uid != 0 || (info.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of checkpoints ", path, " is not a file of root's alone (0600)"));
  }
  ASSIGN_OR_RETURN(const std::string text, ReadDescriptor(file.get(), kMaxKeyFile));
  const std::string key(absl::StripAsciiWhitespace(text));
  if (key.size() != 2 * kKeyBytes || key.find_first_not_of("0123456789abcdef") != key.npos) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of checkpoints ", path, " is not ", 2 * kKeyBytes, " hex digits"));
  }
  return SigningKey(absl::HexStringToBytes(key));
}

std::string SigningKey::Sign(absl::string_view text) const {
  std::string code(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(), key_.Reveal().data(), static_cast<int>(key_.Reveal().size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(code.data()), &size);
  code.resize(size);
  return absl::BytesToHexString(code);
}

bool SigningKey::Verify(absl::string_view text, absl::string_view signature) const {
  const std::string expected = Sign(text);
  return expected.size() == signature.size() &&
         CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
}

}  // namespace berth::imageservice
