// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/url.h"

#include <arpa/inet.h>
#include <libpsl.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include <curl/urlapi.h>

namespace berth::imageservice {
namespace {

constexpr size_t kMaxUrlLength = 8192;

using UrlHandle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

UrlHandle NewHandle() {
  return {curl_url(), curl_url_cleanup};
}

std::string Part(CURLU* handle, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle, part, &text, flags) != CURLUE_OK) {
    return "";
  }
  std::string value(text);
  curl_free(text);
  return value;
}

absl::Status Refuse(absl::string_view text, absl::string_view reason) {
  return absl::InvalidArgumentError(
      absl::StrCat("URL \"", absl::CHexEscape(text.substr(0, 200)), "\": ", reason));
}

absl::Status Set(CURLU* handle, absl::string_view text) {
  CURLUcode code = curl_url_set(handle, CURLUPART_URL, std::string{text}.c_str(),
                                CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME);
  return code == CURLUE_OK ? absl::OkStatus() : Refuse(text, curl_url_strerror(code));
}

bool HasControlCharacter(absl::string_view text) {
  for (char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<Url> Take(CURLU* handle, absl::string_view text) {
  Url url;
  url.scheme = Part(handle, CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https") {
    return Refuse(text, "neither http nor https");
  }
  url.host = absl::AsciiStrToLower(Part(handle, CURLUPART_HOST));
  if (url.host.empty() ||
      !absl::SimpleAtoi(Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT), &url.port) ||
      url.port == 0) {
    return Refuse(text, "no host or no port");
  }
  url.target = Part(handle, CURLUPART_PATH);
  if (std::string query = Part(handle, CURLUPART_QUERY); !query.empty()) {
    absl::StrAppend(&url.target, "?", query);
  }
  return url;
}

std::string RegistrableDomain(absl::string_view host) {
  const std::string name(host);
  const char* domain = psl_registrable_domain(psl_builtin(), name.c_str());
  return domain == nullptr ? "" : domain;
}

bool IsAddress(const std::string& host) {
  in_addr v4;
  return absl::StartsWith(host, "[") || inet_pton(AF_INET, host.c_str(), &v4) == 1;
}

}  // namespace

absl::StatusOr<Url> Url::Parse(absl::string_view text) {
  if (text.size() > kMaxUrlLength || HasControlCharacter(text)) {
    return Refuse(text, "too long, or not text");
  }
  if (!absl::StrContains(text, "://")) {
    return Refuse(text, "without http:// or https://");
  }
  UrlHandle handle = NewHandle();
  if (absl::Status status = Set(handle.get(), text); !status.ok()) {
    return status;
  }
  return Take(handle.get(), text);
}

absl::StatusOr<Url> Url::Resolve(absl::string_view location) const {
  if (location.empty() || location.size() > kMaxUrlLength || HasControlCharacter(location)) {
    return Refuse(location, "empty, too long, or not text");
  }
  UrlHandle handle = NewHandle();
  if (absl::Status status = Set(handle.get(), str()); !status.ok()) {
    return status;
  }
  if (absl::Status status = Set(handle.get(), location); !status.ok()) {
    return status;
  }
  return Take(handle.get(), location);
}

std::string Url::str() const {
  return absl::StrCat(scheme, "://", authority(), target);
}

std::string Url::authority() const {
  bool is_usual = port == (is_https() ? 443 : 80);
  return is_usual ? host : absl::StrCat(host, ":", port);
}

bool IsSameOrigin(const Url& a, const Url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

bool IsLoopbackHost(absl::string_view host) {
  std::string name = absl::AsciiStrToLower(host);
  if (name == "localhost") {
    return true;
  }
  if (absl::StartsWith(name, "[") && absl::EndsWith(name, "]")) {
    in6_addr v6;
    std::string inner = name.substr(1, name.size() - 2);
    return inet_pton(AF_INET6, inner.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
  }
  in_addr v4;
  return inet_pton(AF_INET, name.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

bool IsSameSite(absl::string_view host, absl::string_view other) {
  std::string a = absl::AsciiStrToLower(host);
  std::string b = absl::AsciiStrToLower(other);
  if (a == b || (IsLoopbackHost(a) && IsLoopbackHost(b))) {
    return true;
  }
  if (IsAddress(a) || IsAddress(b)) {
    return false;
  }
  std::string domain = RegistrableDomain(a);
  return !domain.empty() && domain == RegistrableDomain(b);
}

}  // namespace berth::imageservice
