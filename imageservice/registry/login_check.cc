// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/login_check.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/status.h"
#include "imageservice/registry/host_session.h"
#include "imageservice/registry/http_client.h"
#include "imageservice/registry/http_error.h"
#include "imageservice/registry/login.h"
#include "imageservice/registry/registry_config.h"

namespace berth::imageservice {
namespace {

constexpr int kUnauthorized = 401;

}  // namespace

absl::Status CheckLogin(const Call& call, const std::vector<std::string>& registry_dirs,
                        const Credentials& credentials) {
  const std::string registry = credentials.server_address.empty()
                                   ? "docker.io"
                                   : RegistryOfAddress(credentials.server_address);
  ASSIGN_OR_RETURN(const Login login, ChooseLogin(credentials, registry));
  ASSIGN_OR_RETURN(RegistryHost host, LoadLoginHost(registry_dirs, registry));
  HttpClient http(ProxySettings::FromEnvironment());
  const SteadyClock clock;
  HostSession session(http, clock, std::move(host), login, "");
  HostRequest request;  // of the API's root
  const absl::StatusOr<HttpResponse> answer = session.Send(call, request);
  if (absl::IsUnauthenticated(answer.status()) ||
      (answer.ok() && answer->status == kUnauthorized)) {
    return absl::UnauthenticatedError(absl::StrCat("login attempt to https://", registry,
                                                   "/v2/ failed with status: 401 Unauthorized"));
  }
  RETURN_IF_ERROR(Annotate(answer.status(), absl::StrCat("login to ", registry)));
  return answer->status < 300 ? absl::OkStatus() : HttpError(*answer);
}

}  // namespace berth::imageservice
