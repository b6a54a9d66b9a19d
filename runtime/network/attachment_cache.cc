// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/attachment_cache.h"

#include <fcntl.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/plain_name.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/network/cni_config.h"

namespace berth::runtime {
namespace {

constexpr char kKind[] = "cniCacheV1";
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string FileName(const Attachment& attachment) {
  return absl::StrCat(attachment.network, "-", attachment.pod_id, "-", attachment.interface);
}

// Where a file is written before it gets its name: always the same, so that a crash leaves one at
// most. Names of attachments begin alphanumerically.
std::string DraftName(const std::string& name) {
  return absl::StrCat(".", name);
}

bool IsDraft(absl::string_view name) {
  return absl::StartsWith(name, ".");
}

// Names hold no "-" where we make them: our pod ids are hexadecimal and interfaces are eth<n>.
std::optional<Attachment> ParseFileName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '-');
  if (parts.size() < 3 || !IsPlainName(name) || !IsPodInterface(parts.back())) {
    return std::nullopt;
  }
  const absl::string_view pod_id = parts[parts.size() - 2];
  Attachment attachment;
  attachment.interface = std::string(parts.back());
  attachment.pod_id = std::string(pod_id);
  attachment.network =
      std::string(name.substr(0, name.size() - parts.back().size() - pod_id.size() - 2));
  return attachment.pod_id.empty() || attachment.network.empty() ? std::nullopt
                                                                 : std::optional(attachment);
}

// eth2 comes before eth10.
bool IsBefore(const Attachment& a, const Attachment& b) {
  return std::make_tuple(a.interface.size(), absl::string_view(a.interface)) <
         std::make_tuple(b.interface.size(), absl::string_view(b.interface));
}

sys::Result WriteDraft(int dir, const char* name, absl::string_view text) {
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(dir, name, O_WRONLY | O_CREAT | O_TRUNC, kFileMode);
  if (!file.ok()) {
    return file.error();
  }
  return sys::WriteAll(file->get(), text.data(), text.size());
}

absl::StatusOr<Attachment> Load(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path, kMaxCachedAttachment));
  ASSIGN_OR_RETURN(Attachment attachment, ParseCachedAttachment(text));
  if (FileName(attachment) != BaseName(path)) {
    return absl::InvalidArgumentError("it is another attachment's");
  }
  return attachment;
}

// What a daemon that was killed between a draft and its name has left.
sys::Result RemoveDrafts(const std::string& directory) {
  SYS_ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                       sys::DirectoryReader::Open(AT_FDCWD, directory.c_str()));
  while (true) {
    SYS_ASSIGN_OR_RETURN(const dirent* entry, reader.Next());
    if (entry == nullptr) {
      return sys::Done{};
    }
    if (IsDraft(entry->d_name)) {
      SYS_RETURN_IF_ERROR(sys::RemoveFile(reader.fd(), entry->d_name));
    }
  }
}

CniArguments ReadArguments(const Json& json) {
  CniArguments arguments;
  for (const Json& pair : JsonArray(json, "cniArgs")) {
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string() && pair[1].is_string()) {
      arguments.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
  }
  return arguments;
}

}  // namespace

AttachmentCache::AttachmentCache(absl::string_view directory)
    : directory_(JoinPath(directory, "results")) {
  LogIfError(EnsureDirectories(directory_, kDirectoryMode), "tried again when a pod is attached");
  LogIfError(ToStatus(RemoveDrafts(directory_), directory_), "drafts stay until the next start");
}

absl::Status AttachmentCache::Store(const Attachment& attachment) const {
  const std::string name = FileName(attachment);
  const std::string draft = DraftName(name);
  RETURN_IF_ERROR(EnsureDirectories(directory_, kDirectoryMode));
  ASSIGN_OR_RETURN(
      sys::Fd dir,
      ToStatusOr(sys::OpenAt(AT_FDCWD, directory_.c_str(), O_PATH | O_DIRECTORY), directory_));
  const std::string text = FormatCachedAttachment(attachment);
  RETURN_IF_ERROR(ToStatus(WriteDraft(dir.get(), draft.c_str(), text), directory_, "/", draft));
  return ToStatus(sys::Rename(dir.get(), draft.c_str(), dir.get(), name.c_str()), directory_, "/",
                  name);
}

absl::Status AttachmentCache::Remove(const Attachment& attachment) const {
  sys::ErrnoOr<sys::Fd> dir = sys::OpenAt(AT_FDCWD, directory_.c_str(), O_PATH | O_DIRECTORY);
  if (!dir.ok() && dir.error().code == ENOENT) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(ToStatus(dir, directory_));
  const std::string name = FileName(attachment);
  RETURN_IF_ERROR(
      ToStatus(sys::RemoveFile(dir->get(), DraftName(name).c_str()), directory_, "/.", name));
  return ToStatus(sys::RemoveFile(dir->get(), name.c_str()), directory_, "/", name);
}

absl::StatusOr<std::vector<Attachment>> AttachmentCache::Find(absl::string_view pod_id) const {
  std::vector<Attachment> attachments;
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(AT_FDCWD, directory_.c_str());
  if (!reader.ok() && reader.error().code == ENOENT) {
    return attachments;
  }
  RETURN_IF_ERROR(ToStatus(reader, directory_));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader->Next(), directory_));
    if (entry == nullptr) {
      break;
    }
    const std::string name = entry->d_name;
    std::optional<Attachment> named = ParseFileName(name);
    if (!named.has_value() || (!pod_id.empty() && named->pod_id != pod_id)) {
      continue;
    }
    absl::StatusOr<Attachment> loaded = Load(JoinPath(directory_, name));
    if (!loaded.ok()) {
      LogWarning("CNI cache entry is damaged",
                 {{"file", name}, {"error", loaded.status().message()}});
    }
    attachments.push_back(loaded.ok() ? *std::move(loaded) : *std::move(named));
  }
  std::sort(attachments.begin(), attachments.end(), IsBefore);
  return attachments;
}

std::string FormatCachedAttachment(const Attachment& attachment) {
  Json json = {{"kind", kKind},
               {"containerId", attachment.pod_id},
               {"config", absl::Base64Escape(attachment.config)},
               {"ifName", attachment.interface},
               {"networkName", attachment.network},
               {"netns", attachment.namespace_path}};
  for (const auto& [key, value] : attachment.arguments) {
    json["cniArgs"].push_back(Json::array({key, value}));
  }
  if (!attachment.capability_arguments.empty()) {
    json["capabilityArgs"] = attachment.capability_arguments;
  }
  if (attachment.result.has_value()) {
    json["result"] = *attachment.result;
  }
  return FormatJson(json);
}

absl::StatusOr<Attachment> ParseCachedAttachment(absl::string_view text) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, kMaxCachedAttachment));
  if (JsonString(json, "kind") != kKind) {
    return absl::InvalidArgumentError(absl::StrCat("not of kind ", kKind));
  }
  Attachment attachment;
  attachment.network = JsonString(json, "networkName").value_or("");
  attachment.pod_id = JsonString(json, "containerId").value_or("");
  attachment.interface = JsonString(json, "ifName").value_or("");
  attachment.namespace_path = JsonString(json, "netns").value_or("");
  if (!IsPlainName(attachment.network) || !IsPlainName(attachment.pod_id) ||
      !IsPodInterface(attachment.interface) ||
      !absl::Base64Unescape(JsonString(json, "config").value_or(""), &attachment.config)) {
    return absl::InvalidArgumentError("fields are missing or malformed");
  }
  attachment.arguments = ReadArguments(json);
  attachment.capability_arguments = JsonObject(json, "capabilityArgs");
  if (auto result = json.find("result"); result != json.end() && result->is_object()) {
    attachment.result = *result;
  }
  return attachment;
}

}  // namespace berth::runtime
