// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cri/cli/engine_client.h"
#include "imageservice/registry/credentials.h"

// By what a build pulls its bases: the header X-Registry-Config.
namespace berth::cli {

struct RegistryConfig {
  std::string header;                 // empty: nothing is known, or has room
  std::vector<std::string> left_out;  // the registries that had none
};

// What is known by registry[/path], in at most `room` bytes. Pure.
RegistryConfig FormatRegistryConfig(const std::map<std::string, imageservice::Credentials>& known,
                                    size_t room);

// How many bytes a header may have that is the last of this call's. Pure.
size_t RoomInHead(const EngineCall& call);

// Gives a call that has all its other headers the credentials that docker's and podman's own files
// have, of which those count that its build needs. So nothing fails: what is missing is said on
// stderr.
void AddCredentials(EngineCall& call);

}  // namespace berth::cli
