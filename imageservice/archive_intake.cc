// SPDX-License-Identifier: Apache-2.0
#include "imageservice/archive_intake.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "imageservice/layer/decompressor.h"
#include "imageservice/layer/member_path.h"
#include "imageservice/layer/packed_source.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {

class ArchiveIntake {
 public:
  ArchiveIntake(const Call& call, ContentStore& content, LeaseTable& leases)
      : call_(call), content_(content), leases_(leases) {}

  absl::Status Read(TarReader& reader) {
    for (size_t members = 0;; ++members) {
      RETURN_IF_ERROR(call_.Check());
      ASSIGN_OR_RETURN(const TarMember* member, reader.Next());
      if (member == nullptr) {
        return absl::OkStatus();
      }
      if (members == kMaxArchiveMembers) {
        return absl::DataLossError(absl::StrCat("more than ", kMaxArchiveMembers, " members"));
      }
      RETURN_IF_ERROR(Take(*member, reader));
    }
  }

  ArchiveFiles Finish() { return std::move(taken_); }

 private:
  absl::Status Take(const TarMember& member, TarReader& reader) {
    ASSIGN_OR_RETURN(const std::string path, CleanMemberPath(member.path));
    if (member.type == TarMember::Type::kDirectory) {
      return absl::OkStatus();
    }
    if (taken_.files_.contains(path) || taken_.links_.contains(path)) {
      return absl::DataLossError(absl::StrCat("the archive has ", path, " twice"));
    }
    switch (member.type) {
      case TarMember::Type::kFile:
        return TakeFile(path, reader);
      case TarMember::Type::kHardLink:
        taken_.links_[path] = member.target;
        return absl::OkStatus();
      case TarMember::Type::kSymlink:
        return TakeLink(path, member.target);
      default:
        return absl::DataLossError(absl::StrCat(path, ": no file of an image"));
    }
  }

  absl::Status TakeFile(const std::string& path, TarReader& reader) {
    ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, content_.NewIngest());
    while (true) {
      RETURN_IF_ERROR(call_.Check());
      ASSIGN_OR_RETURN(const std::optional<TarPiece> piece, reader.Read());
      if (!piece.has_value()) {
        break;
      }
      if (piece->offset != ingest->size()) {
        return absl::DataLossError(absl::StrCat(path, ": a file with holes"));
      }
      RETURN_IF_ERROR(ingest->Write(piece->bytes));
    }
    const Digest digest = ingest->Seal();
    taken_.leases_.push_back(leases_.Protect({digest.str()}));
    taken_.files_.emplace(path, ArchiveFiles::File{digest, ingest->size()});
    return ingest->Commit(digest);
  }

  // Docker's older archives have one for a layer that another image has too: ../<id>/layer.tar.
  absl::Status TakeLink(const std::string& path, absl::string_view target) {
    std::string directory(MemberParent(path));
    while (absl::ConsumePrefix(&target, "../")) {
      if (directory.empty()) {
        return absl::DataLossError(absl::StrCat(path, ": a link that leads out of the archive"));
      }
      directory = std::string(MemberParent(directory));
    }
    ASSIGN_OR_RETURN(taken_.links_[path], CleanMemberPath(absl::StrCat(directory, "/", target)));
    return absl::OkStatus();
  }

  const Call& call_;
  ContentStore& content_;
  LeaseTable& leases_;
  ArchiveFiles taken_;
};

absl::StatusOr<ArchiveFiles::File> ArchiveFiles::Find(const std::string& path) const {
  ASSIGN_OR_RETURN(std::string at, CleanMemberPath(path));
  for (int links = 0; links <= kMaxArchiveLinks; ++links) {
    if (const auto file = files_.find(at); file != files_.end()) {
      return file->second;
    }
    const auto link = links_.find(at);
    if (link == links_.end()) {
      return absl::NotFoundError(absl::StrCat("the archive has no ", path));
    }
    ASSIGN_OR_RETURN(at, CleanMemberPath(link->second));
  }
  return absl::NotFoundError(absl::StrCat(path, ": too many links"));
}

absl::StatusOr<ArchiveFiles> TakeArchive(const Call& call, ContentStore& content,
                                         LeaseTable& leases, const ArchiveSource& source) {
  PackedSource unpacked(source);
  TarReader reader([&unpacked] { return unpacked.Next(); });
  ArchiveIntake intake(call, content, leases);
  RETURN_IF_ERROR(intake.Read(reader));
  return intake.Finish();
}

}  // namespace berth::imageservice
