// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

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

// Makes images exist, once all that they are made of is here, and cease: what is on record and what
// the catalog has are changed as one; of names that come and go, and of images that go, the
// listener is told at once. Thread-safe; all outlives it.
class ImageRecorder {
 public:
  ImageRecorder(ContentStore& content, ImageRecords& records, ImageCatalog& images,
                ImageListener listener)
      : content_(content), records_(records), images_(images), listener_(std::move(listener)) {}

  // Writes the documents that are not here, or damaged, brings all blobs of the record to stable
  // storage, records. The blobs are leased by the caller.
  absl::Status Record(const ImageRecord& record, const std::vector<Document>& documents,
                      const ImageConfig& config);

  // The name is the image's from now on, whoever had it. NotFound when the image has gone.
  absl::Status AddName(const std::string& id, const NameRecord& name);

  // Absence is success.
  absl::Status Remove(const std::string& id);
  absl::Status RemoveName(const std::string& name);

  // The names are tags that the image has got as it was recorded.
  void TellOfTags(const ImageRecord& record) const;
  void Tell(ImageChange::Kind kind, const std::string& id, const std::string& name) const;

 private:
  absl::Status Keep(const Document& document);

  ContentStore& content_;
  ImageRecords& records_;
  ImageCatalog& images_;
  const ImageListener listener_;
  KeyedHolds documents_;  // by digest, held while one is written or mended
  absl::Mutex changing_;  // held while the database works
};

}  // namespace berth::imageservice
