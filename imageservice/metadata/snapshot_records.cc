// SPDX-License-Identifier: Apache-2.0
#include "imageservice/metadata/snapshot_records.h"

#include <utility>

#include "base/status.h"

namespace berth::imageservice {

namespace {

absl::Status InsertLayer(Database& database, const LayerRecord& layer) {
  RETURN_IF_ERROR(database.CheckRoom());
  ASSIGN_OR_RETURN(Statement row,
                   database.Prepare("INSERT INTO layers (number, chain_id, parent, bytes, "
                                    "inodes, opaque, durable, boot_id) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  return row.Bind(1, layer.number)
      .Bind(2, layer.chain_id)
      .Bind(3, layer.parent)
      .Bind(4, static_cast<int64_t>(layer.usage.bytes))
      .Bind(5, static_cast<int64_t>(layer.usage.inodes))
      .Bind(6, int64_t{layer.opaque})
      .Bind(7, int64_t{layer.durable})
      .Bind(8, layer.boot_id)
      .Run();
}

absl::Status DeleteRootfs(Database& database, absl::string_view key) {
  ASSIGN_OR_RETURN(Statement row, database.Prepare("DELETE FROM roots WHERE key = ?"));
  return row.Bind(1, key).Run();
}

}  // namespace

absl::StatusOr<std::vector<LayerRecord>> LayerRecords::Load() const {
  std::vector<LayerRecord> layers;
  absl::Status loaded = database_.Transact([&layers](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement rows,
                     database.Prepare("SELECT number, chain_id, parent, bytes, inodes, opaque, "
                                      "durable, boot_id FROM layers ORDER BY number"));
    while (true) {
      ASSIGN_OR_RETURN(bool more, rows.Step());
      if (!more) {
        return absl::OkStatus();
      }
      layers.push_back({.number = rows.Integer(0),
                        .chain_id = rows.Text(1),
                        .parent = rows.Text(2),
                        .usage = {static_cast<uint64_t>(rows.Integer(3)),
                                  static_cast<uint64_t>(rows.Integer(4))},
                        .opaque = rows.Integer(5) != 0,
                        .durable = rows.Integer(6) != 0,
                        .boot_id = rows.Text(7)});
    }
  });
  RETURN_IF_ERROR(loaded);
  return layers;
}

absl::Status LayerRecords::Add(const LayerRecord& layer) {
  return database_.Transact([&layer](Database& database) { return InsertLayer(database, layer); });
}

absl::Status LayerRecords::AddFromRootfs(const LayerRecord& layer, absl::string_view key) {
  return database_.Transact([&layer, key](Database& database) -> absl::Status {
    RETURN_IF_ERROR(DeleteRootfs(database, key));
    return InsertLayer(database, layer);
  });
}

absl::Status LayerRecords::Remove(const std::vector<int64_t>& numbers) {
  return ForEach("DELETE FROM layers WHERE number = ?", numbers);
}

absl::Status LayerRecords::MarkDurable(const std::vector<int64_t>& numbers) {
  return ForEach("UPDATE layers SET durable = 1 WHERE number = ?", numbers);
}

absl::Status LayerRecords::ForEach(absl::string_view sql, const std::vector<int64_t>& numbers) {
  if (numbers.empty()) {
    return absl::OkStatus();
  }
  return database_.Transact([sql, &numbers](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
    for (int64_t number : numbers) {
      RETURN_IF_ERROR(row.Bind(1, number).Run());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<RootfsRecord>> RootfsRecords::Load() const {
  std::vector<RootfsRecord> rootfs;
  absl::Status loaded = database_.Transact([&rootfs](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement rows, database.Prepare("SELECT key, chain_id, number FROM roots"));
    while (true) {
      ASSIGN_OR_RETURN(bool more, rows.Step());
      if (!more) {
        return absl::OkStatus();
      }
      rootfs.push_back({rows.Text(0), rows.Text(1), rows.Integer(2)});
    }
  });
  RETURN_IF_ERROR(loaded);
  return rootfs;
}

absl::Status RootfsRecords::Add(const RootfsRecord& rootfs) {
  return database_.Transact([&rootfs](Database& database) -> absl::Status {
    RETURN_IF_ERROR(database.CheckRoom());
    ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare("INSERT INTO roots (key, chain_id, number) VALUES (?, ?, ?)"));
    return row.Bind(1, rootfs.key).Bind(2, rootfs.chain_id).Bind(3, rootfs.number).Run();
  });
}

absl::Status RootfsRecords::Remove(absl::string_view key) {
  return database_.Transact([key](Database& database) { return DeleteRootfs(database, key); });
}

}  // namespace berth::imageservice
