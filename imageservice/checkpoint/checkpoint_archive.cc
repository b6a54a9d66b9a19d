// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_archive.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/digest.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/checkpoint/checkpoint_layout.h"
#include "imageservice/layer/diff_writer.h"
#include "imageservice/layer/tar_reader.h"
#include "imageservice/layer/tar_writer.h"

namespace berth::imageservice {
namespace {

absl::Status ListImages(int directory, std::vector<std::string>& names) {
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(directory, kCheckpointImages);
  RETURN_IF_ERROR(ToStatus(reader, "read CRIU's images"));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader->Next(), "read CRIU's images"));
    if (entry == nullptr) {
      return absl::OkStatus();
    }
    if (!IsCheckpointImage(entry->d_name)) {
      return absl::InternalError(absl::StrCat("CRIU has written a file ", entry->d_name));
    }
    names.push_back(absl::StrCat(kCheckpointImages, "/", entry->d_name));
  }
}

// Those that are there; their size as members.
absl::StatusOr<std::vector<std::string>> ListMembers(int directory, uint64_t& size) {
  std::vector<std::string> names(std::begin(kCheckpointFiles), std::end(kCheckpointFiles));
  RETURN_IF_ERROR(ListImages(directory, names));
  std::sort(names.begin(), names.end());
  std::vector<std::string> members;
  for (std::string& name : names) {
    const sys::ErrnoOr<struct stat> info =
        sys::StatAt(directory, name.c_str(), AT_SYMLINK_NOFOLLOW);
    if (!info.ok() && info.error().code == ENOENT) {
      continue;
    }
    RETURN_IF_ERROR(ToStatus(info, name));
    size += static_cast<uint64_t>(info->st_size) + 2 * kTarBlock;
    members.push_back(std::move(name));
  }
  return members;
}

TarMember FileNamed(std::string name) {
  TarMember member;
  member.path = std::move(name);
  member.mode = 0600;
  return member;
}

absl::Status AddMember(const Call& call, int directory, const std::string& name, TarWriter& writer,
                       CheckpointInventory& inventory) {
  ASSIGN_OR_RETURN(const sys::Fd file,
                   ToStatusOr(sys::OpenBeneath(directory, name.c_str(), O_RDONLY), name));
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(file.get()), name));
  TarMember member = FileNamed(name);
  member.mtime = info.st_mtim;
  Sha256 hash;
  RETURN_IF_ERROR(AddFile(writer, std::move(member), file.get(), [&](absl::string_view bytes) {
    hash.Update(bytes);
    return call.Check();
  }));
  inventory.Add(name, static_cast<uint64_t>(info.st_size), hash.Finish());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WriteRootfsDiff(const Call& call, const std::string& upper,
                                                         int file) {
  ASSIGN_OR_RETURN(
      const sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, upper.c_str(), O_RDONLY | O_DIRECTORY), "open ", upper));
  // A container may have made a file of terabytes that takes no room.
  const TarWriter::Sink sink = DescriptorSink(file);
  TarWriter writer([&sink, file](absl::string_view bytes) -> absl::Status {
    RETURN_IF_ERROR(CheckCheckpointRoom(file, bytes.size()));
    return sink(bytes);
  });
  ASSIGN_OR_RETURN(WrittenDiff diff,
                   WriteDiff(directory.get(), writer, [&call] { return call.Check(); }));
  return std::move(diff.deleted);
}

absl::Status WriteCheckpointArchive(const Call& call, int directory, const SigningKey& key,
                                    int file) {
  uint64_t size = 0;
  ASSIGN_OR_RETURN(const std::vector<std::string> members, ListMembers(directory, size));
  RETURN_IF_ERROR(CheckCheckpointRoom(file, size));
  TarWriter writer(DescriptorSink(file));
  TarMember images = FileNamed(absl::StrCat(kCheckpointImages, "/"));
  images.type = TarMember::Type::kDirectory;
  images.mode = 0700;
  RETURN_IF_ERROR(writer.Add(images));
  CheckpointInventory inventory;
  for (const std::string& name : members) {
    RETURN_IF_ERROR(AddMember(call, directory, name, writer, inventory));
  }
  const std::string signature = key.Sign(inventory.text());
  TarMember last = FileNamed(kCheckpointSignature);
  last.size = signature.size();
  RETURN_IF_ERROR(writer.Add(last));
  RETURN_IF_ERROR(writer.Write(signature));
  return writer.Finish();
}

}  // namespace berth::imageservice
