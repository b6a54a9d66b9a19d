// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/registry_config.h"

#include <fcntl.h>

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
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
    ASSIGN_OR_RETURN(HostsFile hosts, ParseHostsFile(*text, path));
    for (const std::string& key : hosts.unknown) {
      LogWarning("a key that is not known is skipped", {{"key", key}});
    }
    return hosts;
  }
  if (!text.ok() && !absl::IsNotFound(text.status())) {
    return absl::InvalidArgumentError(text.status().message());
  }
  HostsFile hosts;
  ASSIGN_OR_RETURN(hosts.server, FindCertificateFiles(directory));
  return hosts;
}

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  absl::StatusOr<std::string> pem = ReadFile(path, kMaxCertificateFile);
  if (!pem.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("certificate: ", pem.status().message()));
  }
  if (!absl::StrContains(*pem, "-----BEGIN ")) {
    return absl::InvalidArgumentError(absl::StrCat("certificate: ", path, " is not a PEM file"));
  }
  return pem;
}

absl::StatusOr<TlsSettings> LoadTls(const HostEntry& entry, const std::string& directory) {
  auto absolute = [&](const std::string& path) {
    return path.empty() || IsAbsolutePath(path) ? path : JoinPath(directory, path);
  };
  TlsSettings tls;
  for (const std::string& file : entry.ca) {
    ASSIGN_OR_RETURN(std::string pem, ReadPem(absolute(file)));
    absl::StrAppend(&tls.ca_pem, pem, "\n");
  }
  for (const auto& [certificate, key] : entry.client) {
    tls.client_certificates.push_back({absolute(certificate), absolute(key)});
    for (const std::string& path : {absolute(certificate), absolute(key)}) {
      if (!path.empty()) {
        RETURN_IF_ERROR(ReadPem(path).status());
      }
    }
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
  host.can_push = entry.can_push;
  host.headers = entry.headers;
  host.realms = entry.realms;
  host.connect_timeout = entry.dial_timeout.value_or(host.connect_timeout);
  ASSIGN_OR_RETURN(host.tls, LoadTls(entry, directory));
  if (entry.url.empty()) {
    RETURN_IF_ERROR(SetDefaultBase(entry, registry, host));
    host.can_pull = true;
    host.can_resolve = true;
    host.can_push = true;
    host.gets_credentials = true;
    return host;
  }
  ASSIGN_OR_RETURN(host.base, BaseOf(entry));
  const bool is_registry = IsRegistryItself(host.base, registry);
  host.gets_credentials = is_server || is_registry || entry.send_credentials;
  host.ns = is_registry ? "" : std::string(registry);
  return host;
}

absl::StatusOr<RegistryHost> MakeNamedHost(const HostEntry& entry, const std::string& directory,
                                           absl::string_view registry, bool is_server) {
  absl::StatusOr<RegistryHost> host = MakeHost(entry, directory, registry, is_server);
  if (!host.ok()) {
    return Annotate(host.status(), directory.empty() ? registry : directory);
  }
  return host;
}

// Whether it is asked at the server's address, by its own table or by the server's.
bool IsAtServer(const RegistryHost& host, const RegistryHost& server) {
  return host.base.host == server.base.host && host.base.port == server.base.port &&
         (host.base.scheme == server.base.scheme || !server.is_scheme_known);
}

// In the order of the file, the server last.
absl::StatusOr<std::vector<RegistryHost>> LoadAllHosts(
    const std::vector<std::string>& registry_dirs, absl::string_view registry) {
  const std::string directory = FindHostDirectory(registry_dirs, registry);
  ASSIGN_OR_RETURN(HostsFile file, ReadHostDirectory(directory));
  std::vector<RegistryHost> hosts;
  for (const HostEntry& mirror : file.mirrors) {
    ASSIGN_OR_RETURN(RegistryHost host, MakeNamedHost(mirror, directory, registry, false));
    hosts.push_back(std::move(host));
  }
  ASSIGN_OR_RETURN(RegistryHost server, MakeNamedHost(file.server, directory, registry, true));
  for (RegistryHost& host : hosts) {
    host.gets_credentials = host.gets_credentials || IsAtServer(host, server);
  }
  hosts.push_back(std::move(server));
  return hosts;
}

// A [host] speaks for its own address: there the server is left with what no such table may do.
void LeaveToMirrors(const std::vector<RegistryHost>& mirrors, RegistryHost& server) {
  for (const RegistryHost& mirror : mirrors) {
    if (IsSameOrigin(mirror.base, server.base) && mirror.base.target == server.base.target) {
      server.can_pull = server.can_pull && !mirror.can_pull;
      server.can_resolve = server.can_resolve && !mirror.can_resolve;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<RegistryHost>> LoadRegistryHosts(
    const std::vector<std::string>& registry_dirs, absl::string_view registry) {
  ASSIGN_OR_RETURN(std::vector<RegistryHost> hosts, LoadAllHosts(registry_dirs, registry));
  RegistryHost server = std::move(hosts.back());
  hosts.pop_back();
  LeaveToMirrors(hosts, server);
  if (server.can_pull || server.can_resolve) {
    hosts.push_back(std::move(server));
  }
  return hosts;
}

absl::StatusOr<RegistryHost> LoadPushHost(const std::vector<std::string>& registry_dirs,
                                          absl::string_view registry) {
  ASSIGN_OR_RETURN(std::vector<RegistryHost> hosts, LoadAllHosts(registry_dirs, registry));
  for (RegistryHost& host : hosts) {
    if (host.can_push) {
      return std::move(host);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(registry, ": no host of its hosts.toml has the capability \"push\""));
}

absl::StatusOr<RegistryHost> LoadLoginHost(const std::vector<std::string>& registry_dirs,
                                           absl::string_view registry) {
  ASSIGN_OR_RETURN(std::vector<RegistryHost> hosts, LoadAllHosts(registry_dirs, registry));
  return *absl::c_find_if(hosts,
                          [&](const RegistryHost& host) { return IsAtServer(host, hosts.back()); });
}

}  // namespace berth::imageservice
