// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/image/reference.h"
#include "imageservice/registry/credentials.h"

// The credentials that a user's own tools keep: Docker's config.json and the containers' auth.json,
// with credential helpers. For the command line; the daemon takes credentials from requests only,
// whose keys are the same.
namespace berth::imageservice {

inline constexpr size_t kMaxDockerConfig = 1 << 20;

struct DockerConfig {
  std::map<std::string, Credentials> auths;         // by registry[/path], without scheme
  std::set<std::string> registries;                 // of auths, and those that only helpers know
  std::map<std::string, std::string> cred_helpers;  // by registry: the x of docker-credential-x
  std::string creds_store;                          // the helper for all others
};

// InvalidArgument, naming `name`, when it is not JSON or holds a malformed `auth`.
absl::StatusOr<DockerConfig> ParseDockerConfig(absl::string_view text, absl::string_view name);

// What a key of the configuration is about: "https://index.docker.io/v1/" is docker.io,
// "host:5000/team/" is host:5000/team. Pure.
std::string RegistryOfKey(absl::string_view key);

// Whether they say nothing of who pulls: an entry that is there for its registry's name only. Pure.
bool IsAnonymous(const Credentials& credentials);

// The entry of `auths` with the longest path that leads to the repository.
std::optional<Credentials> FindAuth(const DockerConfig& config, const ImageReference& reference);

// The helper that is to be asked for a registry; empty for none.
std::string HelperFor(const DockerConfig& config, absl::string_view registry);

// The files to read, in order, by the variables of `environment` (KEY=value): REGISTRY_AUTH_FILE
// alone when it is set; else $DOCKER_CONFIG/config.json, $XDG_RUNTIME_DIR/containers/auth.json,
// /run/containers/0/auth.json, and in HOME .config/containers/auth.json and .docker/config.json.
std::vector<std::string> CredentialFiles(const std::vector<std::string>& environment);

// The credentials for an image, from the first file that has any; empty when none has. Runs a
// helper where a file names one, with `environment`. A file that the user may not see is as one
// that is not there. Errors name the file or the helper.
absl::StatusOr<Credentials> FindCredentials(const Call& call, const ImageReference& reference,
                                            const std::vector<std::string>& environment);

// All that the files know, and why it may not be all: a file that is broken, or a helper that fails
// or has not answered before the call was over, is passed over.
struct KnownCredentials {
  std::map<std::string, Credentials> by_registry;  // [/path]; of one in several files the first's
  std::vector<std::string> failures;               // each names the file, or helper and registries
};
KnownCredentials ListCredentials(const Call& call, const std::vector<std::string>& environment);

}  // namespace berth::imageservice
