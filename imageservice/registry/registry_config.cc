// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_config.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/registry/certificate_files.h"
#include "imageservice/registry/hosts_file.h"

namespace berth::imageservice {
namespace {

constexpr absl::string_view kDockerHub = "docker.io";
constexpr absl::string_view kDockerHubServer = "registry-1.docker.io";
constexpr size_t kMaxCertificateFile = 4 << 20;

bool IsDirectory(const std::string& path) {
  auto stat = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  return stat.ok() && S_ISDIR(stat->st_mode);
}

// The directory that speaks of the registry; empty when none does.
std::string FindHostDirectory(const std::vector<std::string>& registry_dirs,
                              absl::string_view registry) {
  for (const std::string& root : registry_dirs) {
    if (!IsDirectory(root)) {
      continue;
    }
    std::vector<std::string> names;
    if (size_t colon = registry.rfind(':'); colon != absl::string_view::npos) {
      names.push_back(
          absl::StrCat(registry.substr(0, colon), "_", registry.substr(colon + 1), "_"));
    }
    names.emplace_back(registry);
    names.emplace_back("_default");
    for (const std::string& name : names) {
      if (std::string path = JoinPath(root, name); IsDirectory(path)) {
        return path;
      }
    }
    break;  // the first tree counts, whether or not it says anything
  }
  return "";
}

absl::StatusOr<HostsFile> ReadHostDirectory(const std::string& directory) {
  if (directory.empty()) {
    return HostsFile();
  }
  const std::string path = JoinPath(directory, "hosts.toml");
  absl::StatusOr<std::string> text = ReadFile(path, kMaxHostsFile);
  if (text.ok() && !text->empty()) {
    return ParseHostsFile(*text, path);
  }
  if (!text.ok() && !absl::IsNotFound(text.status())) {
    return absl::InvalidArgumentError(text.status().message());
  }
  HostsFile hosts;
  ASSIGN_OR_RETURN(hosts.server, FindCertificateFiles(directory));
  return hosts;
}

absl::StatusOr<TlsSettings> LoadTls(const HostEntry& entry, const std::string& directory) {
  auto absolute = [&](const std::string& path) {
    return path.empty() || IsAbsolutePath(path) ? path : JoinPath(directory, path);
  };
  TlsSettings tls;
  for (const std::string& file : entry.ca) {
    absl::StatusOr<std::string> pem = ReadFile(absolute(file), kMaxCertificateFile);
    if (!pem.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("certificate: ", pem.status().message()));
    }
    if (!absl::StrContains(*pem, "-----BEGIN ")) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate: ", absolute(file), " is not a PEM file"));
    }
    absl::StrAppend(&tls.ca_pem, *pem, "\n");
  }
  if (!entry.client.empty()) {
    tls.client_certificate = absolute(entry.client[0].first);  // libcurl offers one only
    tls.client_key = absolute(entry.client[0].second);
  }
  tls.verify = !entry.skip_verify.value_or(false);
  return tls;
}

// The base address of an entry with a URL: /v2 is added unless it is there or must not be.
absl::StatusOr<Url> BaseOf(const HostEntry& entry) {
  const bool has_scheme = absl::StrContains(entry.url, "://");
  ASSIGN_OR_RETURN(Url url, Url::Parse(absl::StrCat(has_scheme ? "" : "https://", entry.url)));
  if (url.host == kDockerHub) {
    url.host = std::string(kDockerHubServer);  // the name has no registry behind it
  }
  std::string path = CleanPath(url.target.substr(0, url.target.find('?')));
  if (path == "/") {
    path.clear();
  }
  if (!entry.override_path && !absl::EndsWith(path, "/v2")) {
    absl::StrAppend(&path, "/v2");
  }
  url.target = std::move(path);
  return url;
}

// What is asked when nobody said where the registry is.
absl::Status SetDefaultBase(const HostEntry& entry, absl::string_view registry,
                            RegistryHost& host) {
  if (registry == kDockerHub) {
    ASSIGN_OR_RETURN(host.base, Url::Parse(absl::StrCat("https://", kDockerHubServer, "/v2")));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(host.base, Url::Parse(absl::StrCat("https://", registry, "/v2")));
  if (!IsLoopbackHost(host.base.host)) {
    return absl::OkStatus();
  }
  const bool is_tls_configured = !entry.ca.empty() || !entry.client.empty();
  if (host.base.port == 80) {
    host.base.scheme = "http";
  } else if (!is_tls_configured && host.base.port != 443) {
    host.base.scheme = "http";
    host.is_scheme_known = false;
  }
  if (!entry.skip_verify.has_value() && entry.ca.empty()) {
    host.tls.verify = false;
  }
  return absl::OkStatus();
}

bool IsRegistryItself(const Url& base, absl::string_view registry) {
  absl::string_view server = registry == kDockerHub ? kDockerHubServer : registry;
  absl::StatusOr<Url> url = Url::Parse(absl::StrCat(base.scheme, "://", server));
  return url.ok() && IsSameOrigin(base, *url);
}

absl::StatusOr<RegistryHost> MakeHost(const HostEntry& entry, const std::string& directory,
                                      absl::string_view registry, bool is_server) {
  RegistryHost host;
  host.can_pull = entry.can_pull;
  host.can_resolve = entry.can_resolve;
  host.headers = entry.headers;
  host.realms = entry.realms;
  host.connect_timeout = entry.dial_timeout.value_or(host.connect_timeout);
  ASSIGN_OR_RETURN(host.tls, LoadTls(entry, directory));
  if (entry.url.empty()) {
    RETURN_IF_ERROR(SetDefaultBase(entry, registry, host));
    host.can_pull = true;
    host.can_resolve = true;
    host.gets_credentials = true;
    return host;
  }
  ASSIGN_OR_RETURN(host.base, BaseOf(entry));
  const bool is_registry = IsRegistryItself(host.base, registry);
  host.gets_credentials = is_server || is_registry || entry.send_credentials;
  host.ns = is_registry ? "" : std::string(registry);
  return host;
}

bool HasOrigin(const std::vector<RegistryHost>& hosts, const Url& base) {
  return std::any_of(hosts.begin(), hosts.end(),
                     [&](const RegistryHost& host) { return IsSameOrigin(host.base, base); });
}

}  // namespace

absl::StatusOr<std::vector<RegistryHost>> LoadRegistryHosts(
    const std::vector<std::string>& registry_dirs, absl::string_view registry) {
  const std::string directory = FindHostDirectory(registry_dirs, registry);
  ASSIGN_OR_RETURN(HostsFile file, ReadHostDirectory(directory));
  std::vector<RegistryHost> hosts;
  auto add = [&](const HostEntry& entry, bool is_server) -> absl::Status {
    absl::StatusOr<RegistryHost> host = MakeHost(entry, directory, registry, is_server);
    if (!host.ok()) {
      return Annotate(host.status(), directory.empty() ? registry : directory);
    }
    // A server that is also a [host] is what that table says, and not tried a second time.
    if (!is_server || !HasOrigin(hosts, host->base)) {
      hosts.push_back(*std::move(host));
    }
    return absl::OkStatus();
  };
  for (const HostEntry& mirror : file.mirrors) {
    RETURN_IF_ERROR(add(mirror, false));
  }
  RETURN_IF_ERROR(add(file.server, true));
  return hosts;
}

}  // namespace berth::imageservice
