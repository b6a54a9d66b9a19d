// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_recorder.h"

#include "absl/strings/match.h"

#include "base/status.h"

namespace berth::imageservice {

ImageRecord RecordWithoutNames(const ResolvedImage& image) {
  ImageRecord record{.id = image.id.str(), .names = {}, .blobs = {}};
  for (const Document& document : image.documents) {
    record.blobs.push_back({document.digest, document.bytes.size(), document.media_type});
  }
  for (const LayerSource& layer : image.layers) {
    record.blobs.push_back({layer.blob.digest, layer.blob.size, layer.media_type});
  }
  return record;
}

std::vector<ImageChange> TagsOf(const ImageRecord& record) {
  std::vector<ImageChange> tags;
  for (const NameRecord& name : record.names) {
    if (!absl::StrContains(name.name, '@')) {
      tags.push_back({ImageChange::Kind::kTagged, record.id, name.name});
    }
  }
  return tags;
}

absl::Status ImageRecorder::Keep(const Document& document) {
  ASSIGN_OR_RETURN(const KeyedHolds::Hold hold, documents_.Acquire(Call(), document.digest.str()));
  const absl::Status known = content_.Read(document.digest, document.bytes.size()).status();
  if (known.ok()) {
    return absl::OkStatus();
  }
  if (absl::IsDataLoss(known)) {  // the disk has damaged it
    RETURN_IF_ERROR(content_.Remove(document.digest));
  } else if (!absl::IsNotFound(known)) {
    return known;
  }
  return WriteBlob(content_, document.digest, document.bytes);
}

absl::Status ImageRecorder::Record(const ImageRecord& record,
                                   const std::vector<Document>& documents,
                                   const ImageConfig& config,
                                   const std::vector<ImageChange>& came) {
  for (const Document& document : documents) {
    RETURN_IF_ERROR(Keep(document));
  }
  std::vector<Digest> blobs;
  for (const BlobRecord& blob : record.blobs) {
    blobs.push_back(blob.digest);
  }
  RETURN_IF_ERROR(content_.MakeDurable(blobs));
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(records_.Put(record));
  images_.Put(record, config);  // from here on it exists
  Tell(came);
  return absl::OkStatus();
}

absl::Status ImageRecorder::AddName(const std::string& id, const NameRecord& name) {
  absl::MutexLock changing(&changing_);
  RETURN_IF_ERROR(images_.Record(id).status());
  const ImageRecord named{.id = id, .names = {name}, .blobs = {}};
  RETURN_IF_ERROR(records_.Put(named));
  images_.AddName(id, name);
  Tell(TagsOf(named));
  return absl::OkStatus();
}

absl::Status ImageRecorder::Remove(const std::string& id) {
  absl::MutexLock changing(&changing_);
  const absl::StatusOr<ImageRecord> record = images_.Record(id);
  RETURN_IF_ERROR(records_.Remove(id));
  images_.Remove(id);
  if (!record.ok()) {
    return absl::OkStatus();
  }
  std::vector<ImageChange> changes;
  for (const NameRecord& name : record->names) {
    changes.push_back({ImageChange::Kind::kUntagged, id, name.name});
  }
  changes.push_back({ImageChange::Kind::kDeleted, id, ""});
  Tell(changes);
  return absl::OkStatus();
}

absl::Status ImageRecorder::RemoveName(const std::string& name) {
  absl::MutexLock changing(&changing_);
  const absl::StatusOr<Image> image = images_.Find(name);
  RETURN_IF_ERROR(records_.RemoveName(name));
  images_.RemoveName(name);
  if (image.ok()) {
    Tell({{ImageChange::Kind::kUntagged, image->id, name}});
  }
  return absl::OkStatus();
}

void ImageRecorder::Tell(const std::vector<ImageChange>& changes) const {
  for (const ImageChange& change : changes) {
    if (listener_ != nullptr) {
      listener_(change);
    }
  }
}

}  // namespace berth::imageservice
