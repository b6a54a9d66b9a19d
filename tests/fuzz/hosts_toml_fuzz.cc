// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "imageservice/registry/hosts_file.h"

// A hosts.toml: errors name the file, and no header that is accepted could end its line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<HostsFile> hosts = ParseHostsFile(text, "hosts.toml");
  if (!hosts.ok()) {
    return absl::StartsWith(hosts.status().message(), "hosts.toml:") ? 0 : (abort(), 1);
  }
  for (const HostEntry& mirror : hosts->mirrors) {
    for (const HttpHeader& header : mirror.headers) {
      if (absl::StrContains(header.value, "\n") || absl::StrContains(header.value, "\r")) {
        abort();
      }
    }
  }
  return 0;
}
