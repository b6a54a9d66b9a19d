// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/checkpoints.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

#include "base/file.h"
#include "base/log.h"
#include "base/new_file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "cri/checkpoint/dump_texts.h"
#include "cri/checkpoint/places.h"
#include "imageservice/checkpoint/checkpoint_archive.h"
#include "imageservice/checkpoint/checkpoint_layout.h"
#include "imageservice/checkpoint/signing_key.h"

namespace berth::cri {
namespace {

// What the runtime leaves in a directory is what the image service packs.
// (Under UBSan, to GCC 12 no view of Abseil of a named array is a constant.)
static_assert(std::string_view(runtime::kSavedContainer) == imageservice::kBerthDump);
static_assert(std::string_view(runtime::kCriuImages) == imageservice::kCheckpointImages);
static_assert(std::string_view(runtime::kCriuDumpLog) == imageservice::kDumpLog);

// For images below `root`, and as much again where the open file `to` is.
absl::Status CheckRoom(const std::string& root, int to, const runtime::PodRuntime& runtime,
                       const std::vector<runtime::ContainerSnapshot>& containers) {
  uint64_t memory = 0;
  for (const runtime::ContainerSnapshot& container : containers) {
    ASSIGN_OR_RETURN(const runtime::ContainerUsage usage, runtime.Usage(container.id));
    memory += usage.memory_usage;
  }
  ASSIGN_OR_RETURN(
      const sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, root.c_str(), O_RDONLY | O_DIRECTORY), "open ", root));
  ASSIGN_OR_RETURN(const struct stat here, ToStatusOr(sys::Stat(directory.get()), root));
  ASSIGN_OR_RETURN(const struct stat there, ToStatusOr(sys::Stat(to), "the archive"));
  if (here.st_dev == there.st_dev) {
    return imageservice::CheckCheckpointRoom(to, 2 * memory);
  }
  RETURN_IF_ERROR(imageservice::CheckCheckpointRoom(directory.get(), memory));
  return imageservice::CheckCheckpointRoom(to, memory);
}

absl::Status CheckEmptyDirectory(const std::string& path) {
  sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(AT_FDCWD, path.c_str());
  if (!reader.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "output_path: ", path, " must be an empty directory on the node, made before: ",
        strerrordesc_np(reader.error().code)));
  }
  ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader->Next(), "read ", path));
  if (entry != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("output_path: ", path, " is not empty"));
  }
  return absl::OkStatus();
}

// New files of a directory that get their names all together, when all are whole, or not at all.
class NewFilesIn {
 public:
  explicit NewFilesIn(const std::string& directory) : directory_(directory) {}

  // To write to: a descriptor that stays ours.
  absl::StatusOr<int> Add(const std::string& name) {
    ASSIGN_OR_RETURN(NewFile file, NewFile::Create(JoinPath(directory_, name)));
    files_.push_back(std::move(file));
    return files_.back().fd();
  }

  absl::Status Publish() const {
    for (const NewFile& file : files_) {
      RETURN_IF_ERROR(file.Sync());
    }
    for (size_t i = 0; i < files_.size(); ++i) {
      if (absl::Status published = files_[i].Publish(); !published.ok()) {
        RemoveFirst(i);
        return published;
      }
    }
    return absl::OkStatus();
  }

 private:
  void RemoveFirst(size_t count) const {
    for (size_t i = 0; i < count; ++i) {
      const std::string& path = files_[i].path();
      LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, path.c_str()), path),
                 "a part of a failed checkpoint stays");
    }
  }

  const std::string directory_;
  std::vector<NewFile> files_;
};

// What is done while nothing of the container runs.
absl::Status AddRest(const Call& call, const runtime::PodSnapshot& pod,
                     const runtime::ContainerSnapshot& container, const std::string& upper,
                     const ScratchDirectory& scratch) {
  std::vector<std::string> deleted;
  if (!upper.empty()) {
    ASSIGN_OR_RETURN(const sys::Fd diff, scratch.MakeFile(imageservice::kRootfsDiff));
    ASSIGN_OR_RETURN(deleted, imageservice::WriteRootfsDiff(call, upper, diff.get()));
  }
  RETURN_IF_ERROR(scratch.WriteFile(imageservice::kDeletedFiles, DeletedFiles(deleted)));
  RETURN_IF_ERROR(scratch.WriteFile(imageservice::kConfigDump, ConfigDump(container, absl::Now())));
  return scratch.WriteFile(imageservice::kSpecDump, SpecDump(pod, container));
}

}  // namespace

absl::Status CheckCheckpointsOn(const Checkpoints* checkpoints) {
  return checkpoints != nullptr
             ? absl::OkStatus()
             : absl::UnimplementedError("checkpoints are off: no criu is configured");
}

Checkpoints::Checkpoints(const runtime::PodRuntime& runtime, runtime::Checkpointer& checkpointer,
                         std::string root)
    : runtime_(runtime),
      checkpointer_(checkpointer),
      root_(std::move(root)),
      restores_(checkpointer, root_) {
  const std::string scratch = JoinPath(root_, kCheckpointScratch);
  LogIfError(ClearScratch(scratch), "an unfinished checkpoint stays");
  for (const std::string& directory :
       {scratch, std::string(ParentPath(checkpointer.RestoreDirectory("id")))}) {
    LogIfError(EnsureDirectories(directory, 0700), "checkpoints will fail");
  }
}

absl::StatusOr<std::vector<Checkpoints::Parts>> Checkpoints::Gather(
    const Call& call, const runtime::PodSnapshot& pod,
    std::vector<runtime::ContainerSnapshot> containers, Extent extent, int to) const {
  RETURN_IF_ERROR(CheckRoom(root_, to, runtime_, containers));
  std::vector<Parts> all;
  for (runtime::ContainerSnapshot& container : containers) {
    ASSIGN_OR_RETURN(ScratchDirectory scratch,
                     ScratchDirectory::Make(JoinPath(root_, kCheckpointScratch)));
    all.push_back({std::move(container), std::move(scratch)});
  }
  std::vector<runtime::CheckpointRequest> requests;
  for (const Parts& parts : all) {
    requests.push_back({.container_id = parts.container.id,
                        .directory = parts.scratch.path(),
                        .while_still = [&](const Call& still, const std::string& upper) {
                          return AddRest(still, pod, parts.container,
                                         extent == Extent::kWhole ? upper : "", parts.scratch);
                        }});
  }
  RETURN_IF_ERROR(checkpointer_.Checkpoint(call, requests));
  return all;
}

absl::Status Checkpoints::Pack(const Call& call, const Parts& parts, int file) const {
  ASSIGN_OR_RETURN(const imageservice::SigningKey key,
                   imageservice::SigningKey::Open(JoinPath(root_, kCheckpointKey)));
  return imageservice::WriteCheckpointArchive(call, parts.scratch.fd(), key, file);
}

absl::Status Checkpoints::Save(const Call& call, const std::string& container_id,
                               const std::string& location) const {
  ASSIGN_OR_RETURN(runtime::ContainerSnapshot container, runtime_.FindContainer(container_id));
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(container.pod_id));
  absl::StatusOr<NewFile> file = NewFile::Create(location);
  RETURN_IF_ERROR(Annotate(file.status(), "location"));
  std::vector<runtime::ContainerSnapshot> one;
  one.push_back(std::move(container));
  ASSIGN_OR_RETURN(const std::vector<Parts> parts,
                   Gather(call, pod, std::move(one), Extent::kWhole, file->fd()));
  RETURN_IF_ERROR(Pack(call, parts.front(), file->fd()));
  return file->Publish();
}

absl::StatusOr<sys::Fd> Checkpoints::SaveProcesses(const Call& call,
                                                   const std::string& container_id) const {
  constexpr char kArchive[] = "processes.tar";
  ASSIGN_OR_RETURN(runtime::ContainerSnapshot container, runtime_.FindContainer(container_id));
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(container.pod_id));
  ASSIGN_OR_RETURN(const ScratchDirectory place,
                   ScratchDirectory::Make(JoinPath(root_, kCheckpointScratch)));
  ASSIGN_OR_RETURN(sys::Fd file, place.MakeFile(kArchive));
  std::vector<runtime::ContainerSnapshot> one;
  one.push_back(std::move(container));
  ASSIGN_OR_RETURN(const std::vector<Parts> parts,
                   Gather(call, pod, std::move(one), Extent::kProcesses, file.get()));
  RETURN_IF_ERROR(Pack(call, parts.front(), file.get()));
  return file;
}

absl::StatusOr<std::vector<runtime::ContainerSnapshot>> Checkpoints::Select(
    const std::string& pod_id, const std::vector<std::string>& container_ids) const {
  std::vector<runtime::ContainerSnapshot> containers;
  std::set<std::string> names;
  for (const std::string& id : container_ids) {
    ASSIGN_OR_RETURN(runtime::ContainerSnapshot container, runtime_.FindContainer(id));
    if (container.pod_id != pod_id || !names.insert(container.config.metadata().name()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("container_ids: ", id, " is not of the pod, or comes twice by its name"));
    }
    containers.push_back(std::move(container));
  }
  return containers;
}

absl::Status Checkpoints::SavePod(const Call& call, const std::string& pod_id,
                                  const std::string& directory,
                                  const std::vector<std::string>& container_ids) const {
  RETURN_IF_ERROR(CheckEmptyDirectory(directory));
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(pod_id));
  ASSIGN_OR_RETURN(std::vector<runtime::ContainerSnapshot> containers,
                   Select(pod.id, container_ids));
  NewFilesIn files(directory);
  std::map<std::string, std::string> archives;
  std::vector<int> descriptors;
  for (const runtime::ContainerSnapshot& container : containers) {
    const std::string& name = container.config.metadata().name();
    const std::string& archive = archives[name] = name + ".tar";
    const absl::StatusOr<int> file = files.Add(archive);
    RETURN_IF_ERROR(Annotate(file.status(), absl::StrCat("output_path: ", archive)));
    descriptors.push_back(*file);
  }
  ASSIGN_OR_RETURN(const int options_file, files.Add(kPodOptions));
  ASSIGN_OR_RETURN(const std::vector<Parts> all,
                   Gather(call, pod, std::move(containers), Extent::kWhole, options_file));
  for (size_t i = 0; i < all.size(); ++i) {
    RETURN_IF_ERROR(Pack(call, all[i], descriptors[i]));
  }
  const std::string options = PodOptions(archives);
  RETURN_IF_ERROR(
      ToStatus(sys::WriteAll(options_file, options.data(), options.size()), kPodOptions));
  return files.Publish();
}

}  // namespace berth::cri
