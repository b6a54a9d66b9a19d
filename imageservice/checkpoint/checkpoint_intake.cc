// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_intake.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/digest.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/read_at.h"
#include "imageservice/checkpoint/checkpoint_layout.h"
#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxSignature = 256;
constexpr size_t kPiece = 1 << 20;

absl::Status NotOne(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("not a checkpoint archive: ", why));
}

// At most `max_bytes` of the file, from its beginning: one that grows meanwhile is not followed.
TarReader::Source ReadFrom(int fd, uint64_t max_bytes) {
  return [fd, max_bytes, offset = uint64_t{0},
          buffer = std::make_shared<std::string>(
              kPiece, '\0')]() mutable -> absl::StatusOr<absl::string_view> {
    const size_t want = std::min<uint64_t>(kPiece, max_bytes - offset);
    ASSIGN_OR_RETURN(
        const size_t size,
        ToStatusOr(sys::ReadFullAt(fd, std::span(*buffer).first(want), static_cast<off_t>(offset)),
                   "read archive"));
    offset += size;
    return absl::string_view(*buffer).substr(0, size);
  };
}

// Gets each regular member but the signature; takes all of `bytes`, or fails.
class MemberSink {
 public:
  virtual ~MemberSink() = default;
  virtual absl::Status Begin(const std::string& name) = 0;
  virtual absl::Status Write(absl::string_view bytes) = 0;
  // `inventory` is that of the archive up to this member's end.
  virtual absl::Status End(const CheckpointInventory& inventory) = 0;
};

class NoSink final : public MemberSink {
 public:
  absl::Status Begin(const std::string& /*name*/) override { return absl::OkStatus(); }
  absl::Status Write(absl::string_view /*bytes*/) override { return absl::OkStatus(); }
  absl::Status End(const CheckpointInventory& /*inventory*/) override { return absl::OkStatus(); }
};

// Files in a directory. What is not as it was signed ends it with that member.
class Unpacking final : public MemberSink {
 public:
  Unpacking(int directory, const CheckpointInventory& signed_inventory)
      : directory_(directory), signed_(signed_inventory.text()) {}

  absl::Status Begin(const std::string& name) override {
    name_ = name;
    ASSIGN_OR_RETURN(file_, ToStatusOr(sys::OpenAt(directory_, name.c_str(),
                                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600),
                                       name));
    return absl::OkStatus();
  }
  absl::Status Write(absl::string_view bytes) override {
    return ToStatus(sys::WriteAll(file_.get(), bytes.data(), bytes.size()), name_);
  }
  absl::Status End(const CheckpointInventory& inventory) override {
    const absl::string_view news = absl::string_view(inventory.text()).substr(compared_);
    if (signed_.substr(std::min(compared_, signed_.size()), news.size()) != news) {
      return NotOne("it changed while it was read");
    }
    compared_ += news.size();
    return absl::OkStatus();
  }

 private:
  const int directory_;
  const absl::string_view signed_;
  size_t compared_ = 0;  // bytes of both texts
  std::string name_;
  sys::Fd file_;
};

// One pass over an archive.
class ArchivePass {
 public:
  ArchivePass(const Call& call, int file, uint64_t size, MemberSink& sink)
      : call_(call), reader_(ReadFrom(file, size)), sink_(sink) {}

  absl::Status Run() {
    while (true) {
      ASSIGN_OR_RETURN(const TarMember* member, reader_.Next());
      if (member == nullptr) {
        break;
      }
      RETURN_IF_ERROR(call_.Check());
      if (names_.size() == kMaxCheckpointMembers) {
        return NotOne("too many members");
      }
      if (!signature_.empty()) {
        return NotOne("something follows its signature");
      }
      RETURN_IF_ERROR(Take(*member));
    }
    return absl::OkStatus();
  }

  const CheckpointInventory& inventory() const { return inventory_; }
  const std::string& signature() const { return signature_; }

 private:
  absl::Status Take(const TarMember& member) {
    const std::string name = member.path;
    if (member.type == TarMember::Type::kDirectory) {
      return absl::StripSuffix(name, "/") == kCheckpointImages ? absl::OkStatus()
                                                               : NotOne("a directory in it");
    }
    if (member.type != TarMember::Type::kFile) {
      return NotOne("a link or device in it");
    }
    if (name == kCheckpointSignature) {
      return TakeSignature(member);
    }
    if (!IsCheckpointMember(name) || !names_.insert(name).second) {
      return NotOne("a member with a name that is unknown or comes twice");
    }
    return TakeFile(name, member.size);
  }

  absl::Status TakeSignature(const TarMember& member) {
    if (member.size > kMaxSignature) {
      return NotOne("its signature is too long");
    }
    return Pieces(member.size, [this](absl::string_view bytes) {
      absl::StrAppend(&signature_, bytes);
      return absl::OkStatus();
    });
  }

  absl::Status TakeFile(const std::string& name, uint64_t size) {
    RETURN_IF_ERROR(sink_.Begin(name));
    Sha256 hash;
    RETURN_IF_ERROR(Pieces(size, [&](absl::string_view bytes) {
      hash.Update(bytes);
      return sink_.Write(bytes);
    }));
    inventory_.Add(name, size, hash.Finish());
    return sink_.End(inventory_);
  }

  // A sparse member would be larger than what was read of the archive.
  absl::Status Pieces(uint64_t size, absl::FunctionRef<absl::Status(absl::string_view)> take) {
    uint64_t done = 0;
    while (true) {
      RETURN_IF_ERROR(call_.Check());
      ASSIGN_OR_RETURN(const std::optional<TarPiece> piece, reader_.Read());
      if (!piece.has_value()) {
        return done == size ? absl::OkStatus() : NotOne("a member with holes");
      }
      if (piece->offset != done || piece->bytes.size() > size - done) {
        return NotOne("a member with holes");
      }
      RETURN_IF_ERROR(take(piece->bytes));
      done += piece->bytes.size();
    }
  }

  const Call& call_;
  TarReader reader_;
  MemberSink& sink_;
  absl::flat_hash_set<std::string> names_;
  CheckpointInventory inventory_;
  std::string signature_;
};

}  // namespace

absl::Status ReadCheckpointArchive(const Call& call, int file, const SigningKey& key,
                                   int directory) {
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(file), "read a checkpoint"));
  if (!S_ISREG(info.st_mode)) {
    return NotOne("no regular file");
  }
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > kMaxCheckpointArchive) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a checkpoint of ", size, " bytes; at most ", kMaxCheckpointArchive));
  }
  RETURN_IF_ERROR(CheckCheckpointRoom(directory, size));
  // Anybody may have made it: nothing is written before it is known to be ours.
  NoSink nothing;
  ArchivePass reading(call, file, size, nothing);
  RETURN_IF_ERROR(reading.Run());
  if (!key.Verify(reading.inventory().text(), reading.signature())) {
    return absl::PermissionDeniedError("the checkpoint is not signed with this node's key");
  }
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(directory, kCheckpointImages, 0700), "unpack"));
  Unpacking files(directory, reading.inventory());
  ArchivePass unpacking(call, file, size, files);
  RETURN_IF_ERROR(unpacking.Run());
  return unpacking.inventory().text() == reading.inventory().text()
             ? absl::OkStatus()
             : NotOne("it changed while it was read");
}

absl::Status ApplyRootfsDiff(const Call& call, const std::string& directory, const Rootfs& root) {
  const std::string path = absl::StrCat(directory, "/", kRootfsDiff);
  const sys::ErrnoOr<sys::Fd> diff = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_NOFOLLOW);
  if (!diff.ok() && diff.error().code == ENOENT) {
    return absl::OkStatus();  // it could not write to its root
  }
  RETURN_IF_ERROR(ToStatus(diff, "open ", path));
  ASSIGN_OR_RETURN(const struct stat info, ToStatusOr(sys::Stat(diff->get()), path));
  ASSIGN_OR_RETURN(sys::Fd upper,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, root.upper.c_str(), O_RDONLY | O_DIRECTORY),
                              "open ", root.upper));
  ASSIGN_OR_RETURN(const MergedView parents, MergedView::Open(root.lower));
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(upper), &parents));
  RETURN_IF_ERROR(extractor.Extract(ReadFrom(diff->get(), static_cast<uint64_t>(info.st_size)),
                                    [&call] { return call.Check(); }));
  ASSIGN_OR_RETURN(const bool settled, extractor.Settle(parents));
  return settled ? absl::OkStatus() : absl::InternalError("what was written does not settle");
}

}  // namespace berth::imageservice
