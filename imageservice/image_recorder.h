// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

#include "base/keyed_holds.h"
#include "imageservice/content/content_store.h"
#include "imageservice/image/config.h"
#include "imageservice/image_catalog.h"
#include "imageservice/image_change.h"
#include "imageservice/image_resolver.h"
#include "imageservice/metadata/image_records.h"

namespace berth::imageservice {

// The image and all that it is made of, without a name.
ImageRecord RecordWithoutNames(const ResolvedImage& image);

// What is told of an image that was made, and has got those names.
std::vector<ImageChange> TagsOf(const ImageRecord& record);

// Makes images exist, once all that they are made of is here, and cease: what is on record, what
// the catalog has and what the listener has been told are changed as one. Thread-safe; all outlives
// it.
class ImageRecorder {
 public:
  ImageRecorder(ContentStore& content, ImageRecords& records, ImageCatalog& images,
                ImageListener listener)
      : content_(content), records_(records), images_(images), listener_(std::move(listener)) {}

  // Writes the documents that are not here, or damaged, brings all blobs of the record to stable
  // storage, records, tells how it came. The blobs are leased by the caller.
  absl::Status Record(const ImageRecord& record, const std::vector<Document>& documents,
                      const ImageConfig& config, const std::vector<ImageChange>& came);

  // The name is the image's from now on, whoever had it. NotFound when the image has gone.
  absl::Status AddName(const std::string& id, const NameRecord& name);

  // Absence is success.
  absl::Status Remove(const std::string& id);
  absl::Status RemoveName(const std::string& name);

 private:
  absl::Status Keep(const Document& document);
  void Tell(const std::vector<ImageChange>& changes) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);

  ContentStore& content_;
  ImageRecords& records_;
  ImageCatalog& images_;
  const ImageListener listener_;
  KeyedHolds documents_;  // by digest, held while one is written or mended
  absl::Mutex changing_;  // held while the database works
};

}  // namespace berth::imageservice
