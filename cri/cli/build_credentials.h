// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "cri/cli/engine_client.h"
#include "imageservice/registry/credentials.h"

// By what a build pulls its bases: the header X-Registry-Config.
namespace berth::cli {

struct RegistryConfig {
  std::string header;                 // empty: nothing is known, or has room
  std::vector<std::string> left_out;  // the registries that had none
};

// What is known by registry[/path], in at most `room` bytes: first of those that `text`, a
// Dockerfile and the arguments for it, has anywhere in it, and of docker.io, which images without a
// registry are from; then of the others. Pure.
RegistryConfig FormatRegistryConfig(const std::map<std::string, imageservice::Credentials>& known,
                                    absl::string_view text, size_t room);

// How many bytes a header may have that is the last of this call's. Pure.
size_t RoomInHead(const EngineCall& call);

// Gives a call that has all its other headers the credentials that docker's and podman's own files
// have, of which those count that its build needs: `text` is what is known of that, as above. So
// nothing fails: what is missing is said on stderr.
void AddCredentials(EngineCall& call, absl::string_view text);

}  // namespace berth::cli
