// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/restores.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "cri/checkpoint/dump_texts.h"
#include "cri/checkpoint/places.h"
#include "cri/checkpoint/scratch.h"
#include "imageservice/checkpoint/checkpoint_intake.h"
#include "imageservice/checkpoint/checkpoint_layout.h"
#include "imageservice/checkpoint/signing_key.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxConfigDump = 1 << 20;

// A regular file to which no link leads. What is none is not opened: to open a device or a terminal
// does things.
absl::StatusOr<sys::Fd> OpenRegularFile(const std::string& path) {
  ASSIGN_OR_RETURN(const sys::Fd top,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/", O_PATH | O_DIRECTORY), "open /"));
  ASSIGN_OR_RETURN(
      const sys::Fd place,
      ToStatusOr(sys::OpenBeneath(top.get(), path.c_str() + 1, O_PATH), "open checkpoint ", path));
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(place.get()), "look at ", path));
  if (!S_ISREG(info.st_mode)) {
    return absl::NotFoundError(absl::StrCat(path, " is no regular file"));
  }
  const std::string link = absl::StrCat("/proc/self/fd/", place.get());
  return ToStatusOr(sys::OpenAt(AT_FDCWD, link.c_str(), O_RDONLY | O_NOCTTY), "open ", path);
}

absl::StatusOr<std::map<std::string, std::string>> ReadPodOptions(const std::string& directory) {
  ASSIGN_OR_RETURN(const sys::Fd file, OpenRegularFile(JoinPath(directory, kPodOptions)));
  ASSIGN_OR_RETURN(const std::string text, ReadDescriptor(file.get(), kMaxPodOptions));
  return ParsePodOptions(text);
}

absl::StatusOr<SavedProgram> ReadSavedProgram(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string text,
                   ReadFile(JoinPath(directory, imageservice::kConfigDump), kMaxConfigDump));
  ASSIGN_OR_RETURN(const Json json, ParseJson(text, kMaxConfigDump));
  SavedProgram saved;
  saved.name = JsonString(json, "name").value_or("");
  saved.image = JsonString(json, "rootfsImageRef").value_or("");
  saved.command_digest = JsonString(json, kCommandDigest).value_or("");
  saved.environment_digest = JsonString(json, kEnvironmentDigest).value_or("");
  if (saved.image.empty()) {
    return absl::DataLossError("the checkpoint names no image");
  }
  return saved;
}

}  // namespace

bool NamesCheckpoint(absl::string_view image) {
  return IsAbsolutePath(image);
}

absl::Status CheckSameProgram(const SavedProgram& saved, const v1::ContainerConfig& config,
                              const std::string& image_id) {
  const struct {
    const char* what;
    bool same;
  } kParts[] = {{"name", saved.name == config.metadata().name()},
                {"image", saved.image == image_id},
                {"command", saved.command_digest == CommandDigest(config)},
                {"environment", saved.environment_digest == EnvironmentDigest(config)}};
  for (const auto& part : kParts) {
    if (!part.same) {
      return absl::FailedPreconditionError(absl::StrCat("the saved container and the request for ",
                                                        config.metadata().name(), " differ in ",
                                                        part.what));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> Restores::FindArchives(
    const std::string& directory) {
  absl::StatusOr<std::map<std::string, std::string>> archives = ReadPodOptions(directory);
  if (!archives.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("checkpoint_path: there is no checkpoint of a pod in ", directory, ": ",
                     archives.status().message()));
  }
  for (auto& [name, archive] : *archives) {
    archive = JoinPath(directory, archive);
  }
  return archives;
}

absl::StatusOr<SavedProgram> Restores::Unpack(const Call& call, const std::string& archive,
                                              const std::string& container_id) const {
  const auto unpack = [&]() -> absl::StatusOr<SavedProgram> {
    ASSIGN_OR_RETURN(const sys::Fd file, OpenRegularFile(archive));
    return UnpackFile(call, file.get(), container_id);
  };
  absl::StatusOr<SavedProgram> saved = unpack();
  const absl::Status& status = saved.status();
  if (saved.ok() || absl::IsCancelled(status) || absl::IsDeadlineExceeded(status) ||
      absl::IsResourceExhausted(status)) {
    return saved;
  }
  // More would tell a pod's author what is on the node.
  LogWarning("no checkpoint", {{"archive", archive}, {"error", status.message()}});
  return absl::NotFoundError(
      absl::StrCat("image ", archive, ": there is no checkpoint of this node"));
}

absl::StatusOr<SavedProgram> Restores::UnpackFile(const Call& call, int archive,
                                                  const std::string& container_id) const {
  ASSIGN_OR_RETURN(ScratchDirectory scratch,
                   ScratchDirectory::Make(JoinPath(root_, kCheckpointScratch)));
  ASSIGN_OR_RETURN(const imageservice::SigningKey key,
                   imageservice::SigningKey::Open(JoinPath(root_, kCheckpointKey)));
  RETURN_IF_ERROR(imageservice::ReadCheckpointArchive(call, archive, key, scratch.fd()));
  ASSIGN_OR_RETURN(SavedProgram saved, ReadSavedProgram(scratch.path()));
  RETURN_IF_ERROR(scratch.MoveTo(checkpointer_.RestoreDirectory(container_id)));
  return saved;
}

absl::Status Restores::Fill(const Call& call, const std::string& container_id,
                            const imageservice::Rootfs& root) const {
  return imageservice::ApplyRootfsDiff(call, checkpointer_.RestoreDirectory(container_id), root);
}

}  // namespace berth::cri
