// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/registry/credentials.h"

namespace berth::imageservice {

// Runs `docker-credential-<name> get` from the PATH of `environment`. Empty credentials when it
// knows none for the registry. InvalidArgument when the name is none; FailedPrecondition when there
// is no such program, or it fails, in its own words; DeadlineExceeded when the call is over before.
absl::StatusOr<Credentials> AskCredentialHelper(const Call& call, absl::string_view name,
                                                absl::string_view registry,
                                                const std::vector<std::string>& environment);

// Gives the credentials to the helper's `store`, or has its `erase` forget the registry's; fails as
// above. Erasing what it does not know is success.
absl::Status StoreWithHelper(const Call& call, absl::string_view name, absl::string_view registry,
                             const Credentials& credentials,
                             const std::vector<std::string>& environment);
absl::Status EraseWithHelper(const Call& call, absl::string_view name, absl::string_view registry,
                             const std::vector<std::string>& environment);

// What a helper's `get` printed about a registry. InvalidArgument when it is malformed.
absl::StatusOr<Credentials> ParseHelperAnswer(absl::string_view text, absl::string_view registry);

// The value of a variable in a list of KEY=value; empty when it is not there.
std::string EnvironmentValue(const std::vector<std::string>& environment, absl::string_view name);

}  // namespace berth::imageservice
