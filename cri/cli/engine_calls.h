// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/engine_client.h"
#include "cri/cli/progress_display.h"
#include "imageservice/registry/credentials.h"

// What several verbs over the Engine API do alike.
namespace berth::cli {

// "registry:5000/app:1" as the name and the tag "1"; without a tag it is empty. Pure.
std::pair<std::string, std::string> SplitTag(absl::string_view reference);

// A POST with that body, or without one. Pure.
EngineCall PostCall(const std::string& target, const berth::Json& body = nullptr);

// Makes something by the call and gives its "Id". Internal when the daemon does not say it.
absl::StatusOr<std::string> MakeByEngine(const EngineClient& client, const EngineCall& call);

// The pull of an image with the credentials that CredentialsFor finds: of another platform where
// one is named, of all tags where the name has none and `all_tags`.
absl::StatusOr<EngineCall> PullCall(const std::string& name, const std::string& platform,
                                    bool all_tags);

// Docker's AuthConfig: what there is, of the password and `auth`, which say the same, one. Pure.
berth::Json AuthConfigOf(const imageservice::Credentials& credentials);

// The value of X-Registry-Auth. Pure.
std::string RegistryAuthHeader(const imageservice::Credentials& credentials);

// Sets the body to the file `path`, or to stdin for "-". NotFound for a file that is not there;
// FailedPrecondition, naming `option`, for a stdin that is a terminal.
absl::Status SendFile(EngineCall& call, const std::string& path, absl::string_view option);

// Writes a success's body to a new file `path`, which is there when all of it is; to stdout when it
// is empty, unless that is a terminal.
absl::Status ReceiveFile(const EngineClient& client, const EngineCall& call,
                         const std::string& path);

// For what goes to `out`, with bars where that is a screen; nowhere where it is null.
ProgressDisplay DisplayOn(std::FILE* out);

// Makes the call and shows its progress on `out`, unless that is null. Fails also as `display`
// does.
absl::Status ShowProgress(const EngineClient& client, const EngineCall& call,
                          ProgressDisplay& display, std::FILE* out);

}  // namespace berth::cli
