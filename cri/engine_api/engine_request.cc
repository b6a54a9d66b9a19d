// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/engine_request.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::cri {
namespace {

bool IsHexDigit(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

// %41 is A; where `plus_is_space`, + is a space (a query's form, RFC 1866, 8.2.1).
absl::StatusOr<std::string> Decode(absl::string_view text, bool plus_is_space) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (i + 2 >= text.size() || !IsHexDigit(text[i + 1]) || !IsHexDigit(text[i + 2])) {
      return absl::InvalidArgumentError(absl::StrCat("invalid URL escape in \"", text, "\""));
    }
    absl::StrAppend(&decoded, absl::HexStringToBytes(text.substr(i + 1, 2)));
    i += 2;
  }
  if (HasNul(decoded)) {
    return absl::InvalidArgumentError("a NUL byte in the URL");
  }
  return decoded;
}

// "v1.43" as a version; false for any other component.
bool ParseVersion(absl::string_view component, ApiVersion& version) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(component, absl::MaxSplits('.', 1));
  absl::string_view major = parts.first;
  ApiVersion read;
  if (!absl::ConsumePrefix(&major, "v") || !absl::SimpleAtoi(major, &read.major) ||
      !absl::SimpleAtoi(parts.second, &read.minor)) {
    return false;
  }
  version = read;
  return true;
}

absl::Status CheckVersion(const ApiVersion& version) {
  if (version < kOldestApi) {
    return absl::InvalidArgumentError(absl::StrCat(
        "client version ", version.str(), " is too old. Minimum supported API version is ",
        kOldestApi.str(), ", please upgrade your client to a newer version"));
  }
  if (version > kNewestApi) {
    return absl::InvalidArgumentError(absl::StrCat("client version ", version.str(),
                                                   " is too new. Maximum supported API version is ",
                                                   kNewestApi.str()));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ApiVersion::str() const {
  return absl::StrCat(major, ".", minor);
}

std::string EngineRequest::Query(absl::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::string EngineRequest::Header(absl::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::vector<std::string> EngineRequest::QueryAll(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields) {
    if (key == name) {
      values.push_back(value);
    }
  }
  return values;
}

bool EngineRequest::Flag(absl::string_view name) const {
  const std::string value = absl::AsciiStrToLower(absl::StripAsciiWhitespace(Query(name)));
  return !(value.empty() || value == "0" || value == "no" || value == "false" || value == "none");
}

absl::Status ParseTarget(absl::string_view target, EngineRequest& request) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  absl::string_view path = parts.first;
  const absl::string_view first = path.substr(0, path.find('/', 1));
  if (ParseVersion(absl::StripPrefix(first, "/"), request.version)) {
    RETURN_IF_ERROR(CheckVersion(request.version));
    path.remove_prefix(first.size());
  }
  ASSIGN_OR_RETURN(request.path, Decode(path, false));
  for (const absl::string_view pair : absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(std::string name, Decode(field.first, true));
    ASSIGN_OR_RETURN(std::string value, Decode(field.second, true));
    request.query.emplace(name, value);
    request.fields.emplace_back(std::move(name), std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
