// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "base/digest.h"
#include "imageservice/image/compression.h"
#include "imageservice/snapshot/rootfs.h"

namespace berth::imageservice {

struct Image;

// A layer that is here, packed and unpacked.
struct AuthoredLayer {
  Digest blob;
  uint64_t size = 0;  // of the blob
  Compression compression = Compression::kNone;
  Digest diff_id;
  std::string chain_id;  // of it on top of those below
};

struct PackOptions {
  Compression compression = Compression::kGzip;
  // What is younger becomes so old, in seconds of Unix (SOURCE_DATE_EPOCH); CommitRootfs only.
  std::optional<int64_t> epoch = {};
  // Paths of the rootfs that the layer has not, without a slash in front; PackRootfs only.
  std::set<std::string> left_out = {};
};

// A blob that belongs to an image beside its layers (ImageManifest::attachments).
struct Attachment {
  std::string media_type;
  Digest blob;
  uint64_t size = 0;
};

struct NewImage {
  // An image's config in JSON; its "rootfs" is written here.
  std::string config;
  std::vector<AuthoredLayer> layers = {};  // lowest first
  std::vector<std::string> names = {};  // references without a digest; none is an image by id alone
  std::map<std::string, std::string> annotations = {};  // of the manifest, as the next
  std::string artifact_type = {};
  std::vector<Attachment> attachments = {};
};

// The next bytes of an archive, valid until it is called again; empty at the end.
using ArchiveSource = std::function<absl::StatusOr<absl::string_view>()>;

// Makes images: the door of everything that does not pull. What it has made or been told of stays
// until it is destroyed, then whatever no image and no rootfs needs is collected. Layers are
// written whole or not at all, and no crash leaves one half. A chain is named by the chain id of
// its topmost layer, "" is the empty tree. Thread-safe; the store outlives it.
class ImageAuthor {
 public:
  virtual ~ImageAuthor() = default;

  // The layers of an image, lowest first, unpacked again where they were lost. NotFound.
  virtual absl::StatusOr<std::vector<AuthoredLayer>> LayersOf(const Call& call,
                                                              absl::string_view image_id) = 0;

  // As of ImageStore, on any chain. NotFound when there is no such chain. ImageStore::RemoveRootfs
  // removes them.
  virtual absl::StatusOr<Rootfs> PrepareRootfs(absl::string_view chain_id,
                                               absl::string_view key) = 0;
  virtual absl::StatusOr<Rootfs> PrepareView(absl::string_view chain_id, absl::string_view key) = 0;

  // Makes a layer of what has been written into the rootfs, on top of the chain below it. Sockets
  // and xattrs that no archive can hold are left out, the same tree gives the same bytes.
  // FailedPrecondition for what no layer can say (WriteDiff). ResourceExhausted when the disk is
  // full.
  //
  // The rootfs becomes the layer, without a copy, and is gone: nobody may have it mounted.
  virtual absl::StatusOr<AuthoredLayer> CommitRootfs(const Call& call, absl::string_view key,
                                                     const PackOptions& options) = 0;
  // The rootfs stays as it is; the caller sees to it that nothing writes meanwhile.
  virtual absl::StatusOr<AuthoredLayer> PackRootfs(const Call& call, absl::string_view key,
                                                   const PackOptions& options) = 0;

  // Makes a layer of a tar archive, plain or packed with gzip or zstd, whose bytes stay as they
  // are. DataLoss when it is none, or holds what a layer may not.
  virtual absl::StatusOr<AuthoredLayer> ImportLayer(const Call& call, absl::string_view parent,
                                                    const ArchiveSource& source) = 0;

  // Takes all that is in the open `file`, from its start. InvalidArgument for another type than
  // IsAttachmentType knows.
  virtual absl::StatusOr<Attachment> Attach(const Call& call, absl::string_view media_type,
                                            int file) = 0;

  // The same layer with its blob packed another way.
  virtual absl::StatusOr<AuthoredLayer> Repack(const Call& call, const AuthoredLayer& layer,
                                               Compression compression) = 0;

  // Keeps a layer that an author has made before, as if it were of this one. NotFound when it is
  // gone.
  virtual absl::Status Adopt(const AuthoredLayer& layer) = 0;

  // The same layer, blob and all, on top of another chain, unpacked there unless it was; kept as by
  // Adopt. NotFound when its blob is gone.
  virtual absl::StatusOr<AuthoredLayer> Restack(const Call& call, const AuthoredLayer& layer,
                                                absl::string_view parent) = 0;

  // Records the image: on stable storage and visible to everybody on return, under names that
  // others may have had. InvalidArgument for a config or a name that is none.
  virtual absl::StatusOr<Image> Compose(const Call& call, const NewImage& image) = 0;
};

}  // namespace berth::imageservice
