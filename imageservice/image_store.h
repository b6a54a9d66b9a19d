// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "base/keyed_holds.h"
#include "base/sys/fd.h"
#include "imageservice/image/platform.h"
#include "imageservice/image/process.h"
#include "imageservice/image_author.h"
#include "imageservice/image_change.h"
#include "imageservice/registry/credentials.h"
#include "imageservice/snapshot/rootfs.h"
#include "metrics/metrics.h"

namespace berth::imageservice {

struct ImageStoreOptions {
  std::string root;                        // /var/lib/berth
  std::vector<std::string> registry_dirs;  // certs.d trees; the first existing one counts
  std::string platform = "linux/amd64";
  int max_concurrent_downloads = 3;                    // layers of one pull
  int max_concurrent_pulls = 4;                        // further ones wait
  absl::Duration progress_timeout = absl::Minutes(5);  // of a transfer (registry/pace.h)
  absl::Duration gc_interval = absl::Minutes(5);       // between collections
  std::vector<std::string> pinned_images;              // references never collected by the kubelet
  ImageListener listener = nullptr;                    // outlives the store; null: nobody
};

struct Image {
  std::string id;                         // sha256:…, the config's digest
  std::vector<std::string> repo_tags;     // docker.io/library/nginx:1.27
  std::vector<std::string> repo_digests;  // docker.io/library/nginx@sha256:…
  uint64_t size = 0;                      // bytes that removal frees: blobs and unpacked layers
  bool pinned = false;
  std::string os;
  std::string architecture;
  std::string variant;                 // of the architecture; may be empty
  std::string created;                 // RFC 3339, as in the config
  std::vector<std::string> chain_ids;  // lowest layer first; empty for a layerless image
  std::map<std::string, std::string> labels;
  ImageProcess process;
};

// An image that stays until the hold goes.
struct HeldImage {
  Image image;
  KeyedHolds::Hold hold;
};

struct StoreUsage {
  std::string mountpoint;  // a directory on the filesystem that holds the store
  uint64_t used_bytes = 0;
  uint64_t inodes_used = 0;
  absl::Time at;
};

struct SnapshotUsage {
  uint64_t bytes = 0;
  uint64_t inodes = 0;
  absl::Time at;
};

struct PullProgress {
  std::string layer;  // digest
  uint64_t current = 0;
  uint64_t total = 0;  // 0: not known
};

struct PullRequest {
  std::string reference;  // as the user wrote it
  Credentials credentials;
  std::string platform;  // empty: the store's
  std::function<void(const PullProgress&)>
      progress;  // called from the pull's threads; may be empty
};

struct PushProgress {
  enum class Stage { kWaiting, kSending, kSent, kExisted, kMounted };

  std::string layer;  // digest
  Stage stage = Stage::kWaiting;
  uint64_t current = 0;
  uint64_t total = 0;
  std::string from;  // the repository that it was mounted from
};

struct PushRequest {
  std::string reference;  // a name with a tag
  Credentials credentials;
  std::function<void(const PushProgress&)> progress;  // as of PullRequest
};

struct PushedImage {
  std::string digest;
  uint64_t size = 0;  // of its manifest or index
};

// What a registry has by a name, as far as its documents say.
struct RemoteImage {
  std::string media_type;
  std::string digest;
  uint64_t size = 0;  // of the manifest or index
  std::vector<Platform> platforms;
};

struct LoadedImage {
  std::string id;
  std::vector<std::string> names;  // full; it may have none
};

// The door of imageservice/: from a name to a mounted root filesystem. Thread-safe. Survives
// SIGKILL at any instruction and power loss: what Open finds half made it removes. What no image,
// snapshot or running pull needs is collected in the background.
class ImageStore {
 public:
  static absl::StatusOr<std::unique_ptr<ImageStore>> Open(ImageStoreOptions options,
                                                          metrics::Metrics& metrics);
  virtual ~ImageStore() = default;

  // Resolves the reference at the registry, fetches and unpacks what is missing, and records the
  // image; visible to Find and List on return. Requests for the same thing with the same
  // credentials share one download; it goes on while at least one of them waits. InvalidArgument:
  // bad reference. NotFound: the registry has no such image. Unauthenticated, PermissionDenied: it
  // refuses. Unavailable: it does not answer. ResourceExhausted: disk full; nothing is left of the
  // attempt.
  virtual absl::StatusOr<Image> Pull(const Call& call, const PullRequest& request) = 0;

  // The tags that the registry has of the reference's repository, in its order, with that login.
  // Errors of the registry as of Pull; ResourceExhausted for more than kMaxListedTags.
  virtual absl::StatusOr<std::vector<std::string>> ListTags(const Call& call,
                                                            const PullRequest& request) = 0;

  // Asks the registry what the reference means, with that login; nothing is kept of it. Errors of
  // the registry as of Pull.
  virtual absl::StatusOr<RemoteImage> Describe(const Call& call, const PullRequest& request) = 0;

  // Sends what the name means to its registry: exactly the bytes that were pulled or made, an index
  // only when all that it names is here, else the image's manifest. NotFound: there is no such
  // image. Errors of the registry as of Pull.
  virtual absl::StatusOr<PushedImage> Push(const Call& call, const PushRequest& request) = 0;

  // Writes the images as one archive, which is Docker's and an OCI layout at once: by a tag it, by
  // a repository all its tags, by an id or digest without a name. The same images give the same
  // bytes. NotFound before the first byte.
  virtual absl::Status Save(const Call& call, const std::vector<std::string>& names,
                            const std::function<absl::Status(absl::string_view)>& sink) = 0;
  // Takes such an archive, of any Docker since 1.10, plain or packed (PackedSource): all of its
  // images for the store's platform. InvalidArgument when it is none, or not whole.
  virtual absl::StatusOr<std::vector<LoadedImage>> Load(const Call& call,
                                                        const ArchiveSource& source) = 0;

  // By any name: tag, digest, short name, id or unambiguous id prefix. NotFound when unknown,
  // InvalidArgument when it can be no name.
  virtual absl::StatusOr<Image> Find(absl::string_view name) const = 0;
  virtual std::vector<Image> List() const = 0;

  // The image's config as its registry has it: the bytes whose digest is the id.
  virtual absl::StatusOr<std::string> Config(absl::string_view image_id) const = 0;
  // Of the manifest that `name` means.
  virtual absl::StatusOr<std::map<std::string, std::string>> Annotations(
      absl::string_view name) const = 0;

  // The digest of the blob of that type which the manifest that `name` means has beside its layers:
  // images that are one by their id may have different ones. NotFound when it has none.
  virtual absl::StatusOr<std::string> FindAttachment(absl::string_view name,
                                                     absl::string_view media_type) const = 0;
  // Such a blob, for reading from the start. NotFound once its image has gone.
  virtual absl::StatusOr<sys::Fd> OpenAttachment(absl::string_view digest) const = 0;

  // What each of the image's layers holds unpacked, in bytes, lowest first.
  virtual absl::StatusOr<std::vector<uint64_t>> LayerSizes(absl::string_view image_id) const = 0;

  // Gives the image that `name` means the name `reference` as well, which another may have had.
  // InvalidArgument for a reference that is none or has a digest.
  virtual absl::Status Tag(absl::string_view name, absl::string_view reference) = 0;
  // Takes one name, in full as repo_tags and repo_digests have it, from its image; the image stays.
  // Unknown: OK.
  virtual absl::Status RemoveName(const std::string& name) = 0;

  // Removes the image that `name` means under all its names; unknown: OK. Layers still used by
  // snapshots stay on disk until the collector finds them free.
  virtual absl::Status Remove(absl::string_view name) = 0;

  // A writable rootfs for container `key` on top of the image; the same key again returns the same.
  // Unpacks the image again when its layers are lost, for as long as the caller waits.
  virtual absl::StatusOr<Rootfs> PrepareRootfs(const Call& call, absl::string_view image_id,
                                               absl::string_view key) = 0;
  // The same of a container that has one, else NotFound: for who looks at it and does not make it.
  // The id is empty for one whose image nobody knows any more.
  virtual absl::StatusOr<Rootfs> FindRootfs(const Call& call, absl::string_view image_id,
                                            absl::string_view key) = 0;
  // The image's content read-only, kept from the collector while `key` exists (image volumes).
  virtual absl::StatusOr<Rootfs> PrepareView(const Call& call, absl::string_view image_id,
                                             absl::string_view key) = 0;
  virtual absl::Status RemoveRootfs(absl::string_view key) = 0;  // unknown: OK
  virtual std::vector<std::string> RootfsKeys() const = 0;
  // What a container has written; measured in the background, so it may be seconds old.
  virtual absl::StatusOr<SnapshotUsage> RootfsUsage(absl::string_view key) const = 0;

  // A file of the image by its path inside, symlinks resolved inside; NotFound when it is not
  // there, InvalidArgument when it is no regular file or larger than `max_bytes`.
  virtual absl::StatusOr<std::string> ReadFile(const Call& call, absl::string_view image_id,
                                               absl::string_view path, size_t max_bytes) const = 0;

  // For making images.
  virtual std::unique_ptr<ImageAuthor> NewAuthor() = 0;

  virtual StoreUsage Usage() const = 0;  // measured in the background; never walks the disk itself

  // What `name` means, for who begins to need it: nobody who holds it to remove it does so until
  // the hold goes, which it may once others can see that the image is needed. Any number at a time.
  // Errors of Find; Cancelled or DeadlineExceeded when the caller goes before.
  absl::StatusOr<HeldImage> HoldToUse(const Call& call, absl::string_view name);
  // The same for who removes it because nobody needs it, from before he finds that out: alone, once
  // all others have let go.
  absl::StatusOr<HeldImage> HoldToRemove(const Call& call, absl::string_view name);

 private:
  using Acquire = decltype(&KeyedHolds::Acquire);

  absl::StatusOr<HeldImage> Hold(const Call& call, absl::string_view name, Acquire acquire);

  KeyedHolds holds_;  // by id
};

}  // namespace berth::imageservice
