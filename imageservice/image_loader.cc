// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_loader.h"

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "imageservice/archive_documents.h"

namespace berth::imageservice {

absl::StatusOr<std::vector<LoadedImage>> ImageLoader::Load(const Call& call,
                                                           const ArchiveSource& source) {
  absl::StatusOr<std::vector<LoadedImage>> loaded = Run(call, source);
  if (absl::IsDataLoss(loaded.status()) || absl::IsNotFound(loaded.status())) {
    return absl::InvalidArgumentError(absl::StrCat("invalid archive: ", loaded.status().message()));
  }
  return loaded;
}

absl::StatusOr<std::vector<LoadedImage>> ImageLoader::Run(const Call& call,
                                                          const ArchiveSource& source) {
  ASSIGN_OR_RETURN(const Platform platform, ParsePlatform(platform_));
  ASSIGN_OR_RETURN(const ArchiveFiles files,
                   TakeArchive(call, parts_.content, parts_.leases, source));
  ASSIGN_OR_RETURN(const std::vector<ArchivedImage> images,
                   ReadArchivedImages(call, parts_.content, files, platform));
  std::vector<LoadedImage> loaded;
  for (const ArchivedImage& each : images) {
    RETURN_IF_ERROR(Install(call, each.image, each.names));
    loaded.push_back({each.image.id.str(), each.names});
  }
  return loaded;
}

absl::Status ImageLoader::Install(const Call& call, const ResolvedImage& image,
                                  const std::vector<std::string>& names) {
  const Lease lease = parts_.leases.Protect(NamesToLease(image));
  RETURN_IF_ERROR(parts_.installer.Install(call, image.layers, nullptr, nullptr));
  ImageRecord record = RecordWithoutNames(image);
  for (const std::string& name : names) {
    record.names.push_back({name, image.target});
  }
  RETURN_IF_ERROR(call.Check());
  return parts_.recorder.Record(record, image.documents, image.config,
                                {{ImageChange::Kind::kLoaded, record.id, ""}});
}

}  // namespace berth::imageservice
