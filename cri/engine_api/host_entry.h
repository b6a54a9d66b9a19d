// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace berth::cri {

// One of --add-host: "name:address" or "name=address", which becomes a line of /etc/hosts.
struct HostEntry {
  std::string name, address;
};

// InvalidArgument, in Docker's words, for what is none, or has blanks or control characters. Pure.
inline absl::StatusOr<HostEntry> ParseHostEntry(absl::string_view text) {
  const auto is_bad = [](unsigned char c) {
    return absl::ascii_isspace(c) || absl::ascii_iscntrl(c);
  };
  const size_t separator = text.find_first_of(":=");
  const bool is_whole =
      separator != absl::string_view::npos && separator > 0 && separator + 1 < text.size();
  if (!is_whole || std::any_of(text.begin(), text.end(), is_bad)) {
    return absl::InvalidArgumentError(absl::StrCat("bad format for add-host: \"", text, "\""));
  }
  return HostEntry{std::string(text.substr(0, separator)), std::string(text.substr(separator + 1))};
}

}  // namespace berth::cri
