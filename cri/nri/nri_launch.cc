// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_launch.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"
#include "cri/nri/nri_plugin.h"

namespace berth::nri {
namespace {

constexpr size_t kMaxPluginConfig = 1 << 20;
constexpr int kSocketNumber = 3;

std::string FileName(const InstalledPlugin& plugin) {
  return absl::StrCat(plugin.index, "-", plugin.name);
}

std::optional<InstalledPlugin> ParseFileName(absl::string_view file) {
  const size_t dash = file.find('-');
  if (dash == absl::string_view::npos || !IsPluginIndex(file.substr(0, dash)) ||
      !IsPluginName(file.substr(dash + 1))) {
    return std::nullopt;
  }
  return InstalledPlugin{std::string(file.substr(0, dash)), std::string(file.substr(dash + 1))};
}

bool IsTrusted(const struct stat& file) {
  return (file.st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
         (file.st_uid == 0 || file.st_uid == geteuid());
}

}  // namespace

absl::StatusOr<std::vector<InstalledPlugin>> FindInstalledPlugins(const std::string& directory) {
  std::vector<InstalledPlugin> plugins;
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  if (!reader.ok() && reader.error().code == ENOENT) {
    return plugins;
  }
  RETURN_IF_ERROR(ToStatus(reader, "look for NRI plugins in ", directory));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry,
                     ToStatusOr(reader->Next(), "look for NRI plugins in ", directory));
    if (entry == nullptr) {
      break;
    }
    const sys::ErrnoOr<struct stat> file = sys::StatAt(reader->fd(), entry->d_name, 0);
    if (!file.ok() || !S_ISREG(file->st_mode) || (file->st_mode & S_IXUSR) == 0) {
      continue;
    }
    const std::optional<InstalledPlugin> plugin = ParseFileName(entry->d_name);
    if (!plugin.has_value() || !IsTrusted(*file)) {
      LogError(
          "a file is not started as an NRI plugin: it must be named like 10-name, and nobody "
          "but root may write it",
          {{"file", JoinPath(directory, entry->d_name)}});
      continue;
    }
    plugins.push_back(*plugin);
  }
  std::sort(plugins.begin(), plugins.end(), [](const InstalledPlugin& a, const InstalledPlugin& b) {
    return FileName(a) < FileName(b);
  });
  return plugins;
}

absl::StatusOr<std::string> ReadPluginConfig(const std::string& directory,
                                             const InstalledPlugin& plugin) {
  for (const std::string& name : {FileName(plugin), plugin.name}) {
    absl::StatusOr<std::string> text =
        ReadFile(JoinPath(directory, absl::StrCat(name, ".conf")), kMaxPluginConfig);
    if (text.ok() || !absl::IsNotFound(text.status())) {
      return text;
    }
  }
  return std::string();
}

absl::StatusOr<LaunchedPlugin> LaunchPlugin(const std::string& directory,
                                            const InstalledPlugin& plugin) {
  ASSIGN_OR_RETURN(sys::SocketPair sockets,
                   ToStatusOr(sys::MakeSocketPair(SOCK_STREAM), "start an NRI plugin"));
  ASSIGN_OR_RETURN(sys::Fd null,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/dev/null", O_RDONLY), "start an NRI plugin"));
  std::string path = JoinPath(directory, FileName(plugin));
  std::string variables[] = {absl::StrCat("NRI_PLUGIN_NAME=", plugin.name),
                             absl::StrCat("NRI_PLUGIN_IDX=", plugin.index),
                             absl::StrCat("NRI_PLUGIN_SOCKET=", kSocketNumber)};
  char* arguments[] = {path.data(), nullptr};
  char* environment[] = {variables[0].data(), variables[1].data(), variables[2].data(), nullptr};
  const sys::FdMapping descriptors[] = {{null.get(), STDIN_FILENO},
                                        {sockets.second.get(), kSocketNumber}};
  sys::SpawnRequest request;
  request.arguments = arguments;
  request.environment = environment;
  request.descriptors = descriptors;
  request.path = path.c_str();
  ASSIGN_OR_RETURN(sys::Process process,
                   ToStatusOr(sys::SpawnProcess(request), "start NRI plugin ", path));
  return LaunchedPlugin{std::move(process), std::move(sockets.first)};
}

}  // namespace berth::nri
