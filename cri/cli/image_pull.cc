// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/image_pull.h"

#include <sys/socket.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "base/sys/socket.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"
#include "cri/cli/screen_on.h"
#include "imageservice/image/reference.h"

namespace berth::cli {
namespace {

// Of the name that was pulled: the one it asks for, else what its registry has.
std::string PulledDigest(const std::string& name, const v1::Image& image) {
  const absl::StatusOr<imageservice::ImageReference> reference =
      imageservice::ImageReference::Parse(name);
  if (!reference.ok()) {
    return "";
  }
  return reference->digest().has_value() ? reference->digest()->str()
                                         : DigestIn(image, reference->repository());
}

absl::StatusOr<v1::AuthConfig> AuthFor(const std::string& name) {
  ASSIGN_OR_RETURN(const imageservice::Credentials credentials, CredentialsFor(name));
  v1::AuthConfig auth;
  auth.set_username(credentials.username);
  auth.set_password(credentials.password.Reveal());
  auth.set_auth(credentials.auth.Reveal());
  auth.set_server_address(credentials.server_address);
  auth.set_identity_token(credentials.identity_token.Reveal());
  auth.set_registry_token(credentials.registry_token.Reveal());
  return auth;
}

absl::Status WithNextStep(const absl::Status& status) {
  if (!absl::IsUnauthenticated(status) &&
      !absl::StrContains(status.message(), "a user name and a password")) {
    return status;
  }
  return absl::Status(status.code(),
                      absl::StrCat(status.message(),
                                   "\n  credentials are read from ~/.docker/config.json, as "
                                   "`docker login` or `podman login` write it"));
}

absl::StatusOr<v1::Image> Present(const Client& client, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::ImageStatusResponse found, FindImage(client, name));
  return found.image();
}

}  // namespace

absl::StatusOr<PulledImage> PullImage(const Client& client, const std::string& name) {
  const absl::StatusOr<v1::Image> before = Present(client, name);
  v1::PullImageRequest request;
  request.mutable_image()->set_image(name);
  ASSIGN_OR_RETURN(*request.mutable_auth(), AuthFor(name));
  const absl::StatusOr<v1::PullImageResponse> response =
      client.Call(&Client::Images::PullImage, request, absl::StrCat("pulling ", name),
                  absl::InfiniteDuration());
  if (!response.ok()) {
    return WithNextStep(response.status());
  }
  PulledImage pulled;
  ASSIGN_OR_RETURN(pulled.image, Present(client, response->image_ref()));
  pulled.changed = !before.ok() || before->id() != pulled.image.id();
  return pulled;
}

std::string PullReport(const std::string& name, const PulledImage& pulled) {
  const std::string digest = PulledDigest(name, pulled.image);
  return absl::StrCat(
      digest.empty() ? "" : absl::StrCat("Digest: ", digest, "\n"),
      pulled.changed ? "Status: Downloaded newer image for " : "Status: Image is up to date for ",
      name, "\n", pulled.image.id(), "\n");
}

bool ShowsProgressOn(const Session& session, std::FILE* out) {
  if (!ScreenOn(out).has_value()) {
    return false;
  }
  const absl::StatusOr<std::string> socket = session.EngineSocket();
  return socket.ok() && !socket->empty() && sys::HasListener(socket->c_str(), SOCK_STREAM);
}

absl::Status PullByEngine(const Session& session, const EnginePull& pull, std::FILE* out) {
  if (pull.all_tags && (!SplitTag(pull.name).second.empty() || absl::StrContains(pull.name, '@'))) {
    return absl::InvalidArgumentError("tag can't be used with --all-tags/-a");
  }
  ASSIGN_OR_RETURN(const EngineCall call, PullCall(pull.name, pull.platform, pull.all_tags));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ProgressDisplay display = DisplayOn(out);
  return WithNextStep(ShowProgress(engine, call, display, out));
}

absl::StatusOr<v1::Image> EnsureImage(const Session& session, const Client& client,
                                      const std::string& name, const std::string& policy) {
  if (policy != "always") {
    absl::StatusOr<v1::Image> present = Present(client, name);
    if (present.ok() || policy == "never" || !absl::IsNotFound(present.status())) {
      return present;
    }
  }
  if (ShowsProgressOn(session, stderr)) {
    RETURN_IF_ERROR(
        PullByEngine(session, {.name = name, .platform = "", .all_tags = false}, stderr));
    return Present(client, name);
  }
  ASSIGN_OR_RETURN(const PulledImage pulled, PullImage(client, name));
  return pulled.image;
}

}  // namespace berth::cli
