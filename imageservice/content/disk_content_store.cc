// SPDX-License-Identifier: Apache-2.0
#include "imageservice/content/disk_content_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/directory.h"
#include "base/log.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "imageservice/content/headroom.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kPrivate = 0700;
constexpr uint64_t kWritebackStep = 8 << 20;
constexpr uint64_t kHeadroomStep = 1 << 20;  // written between looks at the free space

class DiskIngest : public BlobIngest {
 public:
  // `name` is empty for a file without a name.
  DiskIngest(int blobs, int ingest, sys::Fd file, std::string name)
      : blobs_(blobs), ingest_(ingest), file_(std::move(file)), name_(std::move(name)) {}
  ~DiskIngest() override {
    if (!name_.empty()) {
      LogIfError(ToStatus(sys::RemoveFile(ingest_, name_.c_str()), name_), "a partial blob stays");
    }
  }
  DiskIngest(const DiskIngest&) = delete;
  DiskIngest& operator=(const DiskIngest&) = delete;

  absl::Status Write(absl::string_view bytes) override {
    if (size_ >= next_look_) {
      RETURN_IF_ERROR(CheckHeadroom(file_.get()));
      next_look_ = size_ + kHeadroomStep;
    }
    RETURN_IF_ERROR(ToStatus(sys::WriteAll(file_.get(), bytes.data(), bytes.size()), "write blob"));
    hash_.Update(bytes);
    size_ += bytes.size();
    if (size_ - started_ >= kWritebackStep) {
      // So that MakeDurable has little to wait for. Only a hint: it finds what failed.
      (void)sys::StartWriteback(file_.get(), static_cast<off_t>(started_),
                                static_cast<off_t>(size_ - started_));
      started_ = size_;
    }
    return absl::OkStatus();
  }

  uint64_t size() const override { return size_; }

  Digest Seal() override {
    if (!digest_.has_value()) {
      digest_ = hash_.Finish();
    }
    return *digest_;
  }

  absl::Status Commit(const Digest& expected) override {
    const Digest digest = Seal();
    if (digest != expected) {
      return absl::DataLossError(
          absl::StrCat("the blob ", expected.str(), " came with the content of ", digest.str()));
    }
    std::string name(expected.hex());
    sys::Result linked = name_.empty()
                             ? sys::LinkUnnamed(file_.get(), blobs_, name.c_str())
                             : sys::MakeLink(ingest_, name_.c_str(), blobs_, name.c_str());
    if (!linked.ok() && linked.error().code == EEXIST) {
      return absl::OkStatus();  // another ingest of the same was faster
    }
    return ToStatus(linked, "publish blob ", expected.str());
  }

 private:
  int blobs_;
  int ingest_;
  sys::Fd file_;
  std::string name_;
  Sha256 hash_;
  std::optional<Digest> digest_;  // once it is sealed
  uint64_t size_ = 0;
  uint64_t next_look_ = 0;  // at the free space
  uint64_t started_ = 0;    // up to where writeback has been started
};

}  // namespace

absl::Status WriteBlob(ContentStore& store, const Digest& digest, absl::string_view bytes) {
  ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, store.NewIngest());
  RETURN_IF_ERROR(ingest->Write(bytes));
  return ingest->Commit(digest);
}

absl::StatusOr<std::unique_ptr<DiskContentStore>> DiskContentStore::Open(
    const std::string& directory) {
  ASSIGN_OR_RETURN(sys::Fd root, OpenOrMakeDirectory(AT_FDCWD, directory, kPrivate));
  ASSIGN_OR_RETURN(sys::Fd algorithms, OpenOrMakeDirectory(root.get(), "blobs", kPrivate));
  ASSIGN_OR_RETURN(sys::Fd blobs, OpenOrMakeDirectory(algorithms.get(), "sha256", kPrivate));
  ASSIGN_OR_RETURN(sys::Fd ingest, OpenOrMakeDirectory(root.get(), "ingest", kPrivate));
  LogIfError(Annotate(EmptyDirectory(ingest.get()), JoinPath(directory, "ingest")),
             "a partial blob stays until the next start");
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<DiskContentStore>(
      new DiskContentStore(std::move(blobs), std::move(ingest)));
}

absl::StatusOr<std::unique_ptr<BlobIngest>> DiskContentStore::NewIngest() {
  std::string name;
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(ingest_.get(), ".", O_TMPFILE | O_WRONLY, 0600);
  if (!file.ok() && (file.error().code == EOPNOTSUPP || file.error().code == EISDIR)) {
    name = RandomId();
    file = sys::OpenAt(ingest_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  }
  RETURN_IF_ERROR(ToStatus(file, "new blob"));
  return std::make_unique<DiskIngest>(blobs_.get(), ingest_.get(), *std::move(file),
                                      std::move(name));
}

bool DiskContentStore::Has(const Digest& digest) const {
  return sys::StatAt(blobs_.get(), std::string(digest.hex()).c_str(), AT_SYMLINK_NOFOLLOW).ok();
}

absl::StatusOr<sys::Fd> DiskContentStore::Open(const Digest& digest) const {
  sys::ErrnoOr<sys::Fd> file =
      sys::OpenAt(blobs_.get(), std::string(digest.hex()).c_str(), O_RDONLY | O_NOFOLLOW);
  if (!file.ok() && file.error().code == ENOENT) {
    return absl::NotFoundError(absl::StrCat("no blob ", digest.str()));
  }
  return ToStatusOr(std::move(file), "open blob ", digest.str());
}

absl::StatusOr<std::string> DiskContentStore::Read(const Digest& digest, size_t max_bytes) const {
  ASSIGN_OR_RETURN(sys::Fd file, Open(digest));
  ASSIGN_OR_RETURN(struct stat info, ToStatusOr(sys::Stat(file.get()), "blob ", digest.str()));
  if (static_cast<uint64_t>(info.st_size) > max_bytes) {
    return absl::DataLossError(
        absl::StrCat("blob ", digest.str(), " is too large: ", info.st_size));
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  ASSIGN_OR_RETURN(size_t size,
                   ToStatusOr(sys::ReadFull(file.get(), bytes), "read blob ", digest.str()));
  bytes.resize(size);
  if (Digest::OfBytes(bytes) != digest) {
    return absl::DataLossError(absl::StrCat("blob ", digest.str(), " is damaged on disk"));
  }
  return bytes;
}

absl::StatusOr<std::vector<BlobEntry>> DiskContentStore::List() const {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(blobs_.get(), "."), "list blobs"));
  std::vector<BlobEntry> blobs;
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "list blobs"));
    if (entry == nullptr) {
      return blobs;
    }
    absl::StatusOr<Digest> digest = Digest::Parse(absl::StrCat("sha256:", entry->d_name));
    sys::ErrnoOr<struct stat> info = sys::StatAt(blobs_.get(), entry->d_name, AT_SYMLINK_NOFOLLOW);
    if (!digest.ok() || !info.ok()) {
      LogWarning("a file among the blobs is no blob", {{"name", entry->d_name}});
      continue;
    }
    blobs.push_back({*std::move(digest), static_cast<uint64_t>(info->st_size)});
  }
}

absl::Status DiskContentStore::Remove(const Digest& digest) {
  return ToStatus(sys::RemoveFile(blobs_.get(), std::string(digest.hex()).c_str()), "remove blob ",
                  digest.str());
}

absl::Status DiskContentStore::MakeDurable(const std::vector<Digest>& blobs) {
  for (const Digest& digest : blobs) {
    ASSIGN_OR_RETURN(sys::Fd file, Open(digest));
    RETURN_IF_ERROR(ToStatus(sys::SyncData(file.get()), "sync blob ", digest.str()));
  }
  return ToStatus(sys::SyncFile(blobs_.get()), "sync blobs");
}

}  // namespace berth::imageservice
