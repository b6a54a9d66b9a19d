// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

#include "imageservice/registry/hosts_file.h"

namespace berth::imageservice {

inline constexpr size_t kMaxCertificateFiles = 10'000;  // names in the directory

// Docker's way of saying whom to trust: every *.crt of the directory is a CA, every *.cert a client
// certificate with its *.key beside it. InvalidArgument when a key is missing, ResourceExhausted
// for more than kMaxCertificateFiles.
absl::StatusOr<HostEntry> FindCertificateFiles(const std::string& directory);

}  // namespace berth::imageservice
