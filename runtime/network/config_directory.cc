// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/config_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxEntries = 256;  // of a directory; further ones are not looked at

// A file changed twice within the clock tick of its filesystem has the same times after both. So
// times that are younger than this are not trusted to tell the next change.
constexpr absl::Duration kSettleTime = absl::Seconds(1);

struct Listing {
  std::vector<std::string> files;  // sorted
  std::vector<std::string> folders;
};

bool IsNetworkFile(absl::string_view name) {
  return absl::EndsWith(name, ".conflist") || absl::EndsWith(name, ".conf") ||
         absl::EndsWith(name, ".json");
}

bool IsPluginFile(absl::string_view name) {
  return absl::EndsWith(name, ".conf");
}

void AppendFingerprint(absl::string_view name, const struct stat& info, std::string& fingerprint,
                       absl::Time& newest) {
  const absl::Time modified = absl::TimeFromTimespec(info.st_mtim);
  const absl::Time changed = absl::TimeFromTimespec(info.st_ctim);
  newest = std::max({newest, modified, changed});
  absl::StrAppend(&fingerprint, name, " ", info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                  absl::ToUnixNanos(modified), " ", absl::ToUnixNanos(changed), "\n");
}

// The directory's entries; nullopt when there is no such directory. Symlinks are followed, both to
// the directory and in it. Adds all that tells a change to `fingerprint`.
std::optional<Listing> List(const std::string& path, bool (*wanted)(absl::string_view),
                            std::string& fingerprint, absl::Time& newest) {
  sys::ErrnoOr<sys::Fd> dir = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!dir.ok()) {
    return std::nullopt;
  }
  sys::ErrnoOr<struct stat> self = sys::Stat(dir->get());
  sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(dir->get(), ".");
  if (!self.ok() || !reader.ok()) {
    return std::nullopt;
  }
  AppendFingerprint(path, *self, fingerprint, newest);
  Listing listing;
  while (listing.files.size() + listing.folders.size() < kMaxEntries) {
    sys::ErrnoOr<const dirent*> entry = reader->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    const std::string name = (*entry)->d_name;
    sys::ErrnoOr<struct stat> info = sys::StatAt(dir->get(), name.c_str(), 0);
    if (!info.ok()) {
      continue;
    }
    if (S_ISDIR(info->st_mode)) {
      listing.folders.push_back(name);
    } else if (wanted(name)) {
      listing.files.push_back(name);
      AppendFingerprint(name, *info, fingerprint, newest);
    }
  }
  std::sort(listing.files.begin(), listing.files.end());
  std::sort(listing.folders.begin(), listing.folders.end());
  return listing;
}

// Changes whenever anything may have changed that Load reads: the directory, its files, and the
// plugin files in its folders.
std::string Fingerprint(const std::vector<std::string>& paths, absl::Time& newest) {
  std::string fingerprint;
  for (const std::string& path : paths) {
    std::optional<Listing> listing = List(path, IsNetworkFile, fingerprint, newest);
    if (!listing.has_value()) {
      continue;
    }
    for (const std::string& folder : listing->folders) {
      List(JoinPath(path, folder), IsPluginFile, fingerprint, newest);
    }
    break;
  }
  return fingerprint;
}

std::optional<std::vector<std::string>> FilesOf(const std::string& path,
                                                bool (*wanted)(absl::string_view)) {
  std::string unused;
  absl::Time newest = absl::InfinitePast();
  std::optional<Listing> listing = List(path, wanted, unused, newest);
  if (!listing.has_value()) {
    return std::nullopt;
  }
  return std::move(listing->files);
}

absl::StatusOr<std::string> ReadConfigFile(const std::string& path) {
  // Not blocking: a FIFO of that name must not hold up the node.
  ASSIGN_OR_RETURN(sys::Fd file,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_NONBLOCK), "read"));
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::Stat(file.get()), "read"));
  if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) > kMaxNetworkConfig) {
    return absl::InvalidArgumentError(
        absl::StrCat("no regular file of at most ", kMaxNetworkConfig, " bytes"));
  }
  return ReadDescriptor(file.get(), kMaxNetworkConfig);
}

absl::Status LoadFolder(const std::string& folder, NetworkConfig& network) {
  const auto files = FilesOf(folder, IsPluginFile);
  if (!files.has_value()) {
    return absl::OkStatus();
  }
  for (const std::string& name : *files) {
    const std::string path = JoinPath(folder, name);
    absl::StatusOr<std::string> text = ReadConfigFile(path);
    absl::StatusOr<PluginConfig> plugin =
        text.ok() ? ParsePluginConfig(*text) : absl::StatusOr<PluginConfig>(text.status());
    if (!plugin.ok()) {
      return Annotate(plugin.status(), path);
    }
    if (network.plugins.size() >= kMaxPlugins) {
      return absl::InvalidArgumentError(absl::StrCat("over ", kMaxPlugins, " plugins"));
    }
    network.plugins.push_back(*std::move(plugin));
  }
  return absl::OkStatus();
}

absl::StatusOr<NetworkConfig> LoadFile(const std::string& directory, const std::string& name) {
  ASSIGN_OR_RETURN(std::string text, ReadConfigFile(JoinPath(directory, name)));
  ASSIGN_OR_RETURN(NetworkConfig network, ParseNetworkConfig(text));
  if (!network.load_only_inlined_plugins) {
    RETURN_IF_ERROR(LoadFolder(JoinPath(directory, network.name), network));
  }
  if (network.plugins.empty()) {
    return absl::InvalidArgumentError("no plugins");
  }
  return network;
}

}  // namespace

void ConfigDirectory::Load() {
  const std::shared_ptr<const NetworkConfig> earlier = std::move(network_);
  network_ = nullptr;
  std::vector<std::string> broken;
  std::string loaded;
  std::optional<std::vector<std::string>> files;
  for (const std::string& path : paths_) {
    files = FilesOf(path, IsNetworkFile);
    for (const std::string& name : files.value_or(std::vector<std::string>())) {
      absl::StatusOr<NetworkConfig> network = LoadFile(path, name);
      if (network.ok()) {
        network_ = std::make_shared<const NetworkConfig>(*std::move(network));
        loaded = JoinPath(path, name);
        break;
      }
      broken.push_back(absl::StrCat(JoinPath(path, name), ": ", network.status().message()));
    }
    if (files.has_value()) {
      break;
    }
  }
  if (earlier != nullptr && network_ != nullptr &&
      FormatNetworkConfig(*earlier) == FormatNetworkConfig(*network_)) {
    network_ = earlier;  // the same object while nothing has changed
  }
  reason_ = !broken.empty() ? absl::StrCat("no usable CNI configuration: ", broken.front())
                            : absl::StrCat(files.has_value() ? "no CNI configuration in "
                                                             : "no CNI configuration directory: ",
                                           absl::StrJoin(paths_, ", "));
  LogChange(loaded, broken);
}

void ConfigDirectory::LogChange(const std::string& loaded, const std::vector<std::string>& broken) {
  const std::string said = absl::StrCat(loaded, "\n", absl::StrJoin(broken, "\n"));
  if (std::exchange(logged_, said) == said) {
    return;
  }
  for (const std::string& file : broken) {
    LogWarning("CNI configuration skipped", {{"error", file}});
  }
  if (network_ != nullptr) {
    LogInfo("CNI configuration loaded", {{"file", loaded}, {"network", network_->name}});
  }
}

absl::StatusOr<std::shared_ptr<const NetworkConfig>> ConfigDirectory::Current() {
  absl::MutexLock lock(&mutex_);
  absl::Time newest = absl::InfinitePast();
  std::string fingerprint = Fingerprint(paths_, newest);
  if (!settled_ || fingerprint != fingerprint_) {
    settled_ = newest + kSettleTime < absl::Now();
    fingerprint_ = std::move(fingerprint);
    Load();
  }
  if (network_ == nullptr) {
    return absl::UnavailableError(reason_);
  }
  return network_;
}

}  // namespace berth::runtime
