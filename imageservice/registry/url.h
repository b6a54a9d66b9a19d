// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Web addresses and which of them belong together. Pure.
namespace berth::imageservice {

// An http or https URL without user and fragment, as Parse makes it.
struct Url {
  std::string scheme;  // http or https
  std::string host;    // in lower case; an IPv6 address in brackets
  int port = 0;        // never 0 after Parse
  std::string target;  // path and query: /v2/a?b=c

  // InvalidArgument for another scheme, a user, or what is no URL.
  static absl::StatusOr<Url> Parse(absl::string_view text);

  // What a Location header means in an answer to this URL.
  absl::StatusOr<Url> Resolve(absl::string_view location) const;

  std::string str() const;
  std::string authority() const;  // host:port, the port only where it is not the scheme's own
  bool is_https() const { return scheme == "https"; }
};

// Scheme, host and port are the same: the border that no credential crosses.
bool IsSameOrigin(const Url& a, const Url& b);

// localhost, 127.0.0.0/8 and ::1: traffic that never leaves the machine.
bool IsLoopbackHost(absl::string_view host);

// The hosts are equal, both loopback, or below one domain that somebody registered
// (registry.example.co.uk and auth.example.co.uk), by the public suffix list.
bool IsSameSite(absl::string_view host, absl::string_view other);

}  // namespace berth::imageservice
