// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/image_records.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

using ImagesById = std::map<std::string, ImageRecord>;

absl::Status LoadImages(Database& database, ImagesById& images) {
  ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT id FROM images"));
  while (true) {
    ASSIGN_OR_RETURN(bool more, rows.Step());
    if (!more) {
      return absl::OkStatus();
    }
    std::string id = rows.Text(0);
    images[id].id = id;
  }
}

absl::Status LoadNames(Database& database, ImagesById& images) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.Prepare("SELECT image, name, target FROM image_names ORDER BY name"));
  while (true) {
    ASSIGN_OR_RETURN(bool more, rows.Step());
    if (!more) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(Digest target, Digest::Parse(rows.Text(2)));
    images[rows.Text(0)].names.push_back({rows.Text(1), std::move(target)});
  }
}

absl::Status LoadBlobs(Database& database, ImagesById& images) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.Prepare("SELECT image, digest, size, media_type FROM image_blobs"));
  while (true) {
    ASSIGN_OR_RETURN(bool more, rows.Step());
    if (!more) {
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(Digest digest, Digest::Parse(rows.Text(1)));
    images[rows.Text(0)].blobs.push_back(
        {std::move(digest), static_cast<uint64_t>(rows.Integer(2)), rows.Text(3)});
  }
}

absl::Status PutNames(Database& database, const ImageRecord& image) {
  ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare(
          "INSERT OR REPLACE INTO image_names (name, image, target) VALUES (?, ?, ?)"));
  for (const NameRecord& name : image.names) {
    RETURN_IF_ERROR(row.Bind(1, name.name).Bind(2, image.id).Bind(3, name.target.str()).Run());
  }
  return absl::OkStatus();
}

absl::Status PutBlobs(Database& database, const ImageRecord& image) {
  ASSIGN_OR_RETURN(Statement row,
                   database.Prepare("INSERT OR REPLACE INTO image_blobs (image, digest, size, "
                                    "media_type) VALUES (?, ?, ?, ?)"));
  for (const BlobRecord& blob : image.blobs) {
    RETURN_IF_ERROR(row.Bind(1, image.id)
                        .Bind(2, blob.digest.str())
                        .Bind(3, static_cast<int64_t>(blob.size))
                        .Bind(4, blob.media_type)
                        .Run());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ImageRecord>> ImageRecords::Load() const {
  ImagesById by_id;
  absl::Status loaded = database_.Transact([&by_id](Database& database) -> absl::Status {
    RETURN_IF_ERROR(LoadImages(database, by_id));
    RETURN_IF_ERROR(LoadNames(database, by_id));
    return LoadBlobs(database, by_id);
  });
  RETURN_IF_ERROR(loaded);
  std::vector<ImageRecord> images;
  for (auto& [id, image] : by_id) {
    if (!image.id.empty()) {
      images.push_back(std::move(image));
    }
  }
  return images;
}

absl::Status ImageRecords::Put(const ImageRecord& image) {
  return database_.Transact([&image](Database& database) -> absl::Status {
    RETURN_IF_ERROR(database.CheckRoom());
    ASSIGN_OR_RETURN(Statement row,
                     database.Prepare("INSERT OR IGNORE INTO images (id) VALUES (?)"));
    RETURN_IF_ERROR(row.Bind(1, image.id).Run());
    RETURN_IF_ERROR(PutNames(database, image));
    return PutBlobs(database, image);
  });
}

absl::Status ImageRecords::RemoveName(absl::string_view name) {
  return database_.Transact([name](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement row, database.Prepare("DELETE FROM image_names WHERE name = ?"));
    return row.Bind(1, name).Run();
  });
}

absl::Status ImageRecords::Remove(absl::string_view id) {
  return database_.Transact([id](Database& database) -> absl::Status {
    for (absl::string_view sql :
         {"DELETE FROM image_names WHERE image = ?", "DELETE FROM image_blobs WHERE image = ?",
          "DELETE FROM images WHERE id = ?"}) {
      ASSIGN_OR_RETURN(Statement rows, database.Prepare(sql));
      RETURN_IF_ERROR(rows.Bind(1, id).Run());
    }
    return absl::OkStatus();
  });
}

}  // namespace berth::imageservice
