// SPDX-License-Identifier: Apache-2.0
#include "imageservice/local_image_author.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/read_at.h"
#include "imageservice/image/chain_id.h"
#include "imageservice/image/manifest.h"
#include "imageservice/image/reference.h"
#include "imageservice/image_store.h"
#include "imageservice/layer/decompressor.h"
#include "imageservice/layer/diff_writer.h"
#include "imageservice/layer/packed_source.h"

namespace berth::imageservice {
namespace {

constexpr size_t kPiece = 256 << 10;

AuthoredLayer Describe(const LayerSource& layer) {
  return {.blob = layer.blob.digest,
          .size = layer.blob.size,
          .compression = layer.compression,
          .diff_id = layer.diff_id,
          .chain_id = layer.chain_id};
}

LayerSource SourceOf(const LayerWriter::Outcome& outcome, Compression compression,
                     absl::string_view parent) {
  return {.blob = {.digest = outcome.blob, .size = outcome.size, .urls = {}},
          .media_type = LayerType(compression),
          .compression = compression,
          .diff_id = outcome.diff_id,
          .chain_id = ChainIdAbove(parent, outcome.diff_id),
          .parent = std::string(parent)};
}

absl::StatusOr<std::string> ConfigWithRootfs(const NewImage& image) {
  ASSIGN_OR_RETURN(Json config, ParseJson(image.config, kMaxConfigSize));
  if (!config.is_object()) {
    return absl::InvalidArgumentError("the config is no object");
  }
  Json diff_ids = Json::array();
  for (const AuthoredLayer& layer : image.layers) {
    diff_ids.push_back(layer.diff_id.str());
  }
  config["rootfs"] = {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}};
  return FormatJson(config);
}

absl::StatusOr<std::vector<NameRecord>> NamesOf(const std::vector<std::string>& names,
                                                const Digest& target) {
  std::vector<NameRecord> records;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const ImageReference reference, ImageReference::Parse(name));
    if (reference.digest().has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(name, ": a new image is named by a tag"));
    }
    records.push_back({reference.tagged_name(), target});
  }
  return records;
}

}  // namespace

void LocalImageAuthor::Keep(LeasedNames names) {
  Lease lease = parts_.leases.Protect(std::move(names));
  absl::MutexLock lock(&mutex_);
  leases_.push_back(std::move(lease));
}

absl::StatusOr<std::vector<AuthoredLayer>> LocalImageAuthor::LayersOf(const Call& call,
                                                                      absl::string_view image_id) {
  const std::string id(image_id);
  ASSIGN_OR_RETURN(std::vector<LayerSource> sources, parts_.layers_of(id));
  LeasedNames names;
  std::vector<AuthoredLayer> layers;
  for (const LayerSource& source : sources) {
    names.push_back(source.blob.digest.str());
    names.push_back(source.chain_id);
    layers.push_back(Describe(source));
  }
  Keep(std::move(names));
  RETURN_IF_ERROR(parts_.layers_of(id).status());  // it was there when the lease began
  RETURN_IF_ERROR(parts_.installer.Install(call, sources, nullptr, nullptr));
  return layers;
}

absl::StatusOr<Rootfs> LocalImageAuthor::PrepareRootfs(absl::string_view chain_id,
                                                       absl::string_view key) {
  return parts_.snapshotter.PrepareRootfs(key, chain_id);
}

absl::StatusOr<Rootfs> LocalImageAuthor::PrepareView(absl::string_view chain_id,
                                                     absl::string_view key) {
  return parts_.snapshotter.PrepareView(key, chain_id);
}

// The lease comes before the blob: a collection in between takes neither.
absl::StatusOr<LayerSource> LocalImageAuthor::Publish(LayerWriter& writer, Compression compression,
                                                      absl::string_view parent) {
  ASSIGN_OR_RETURN(const LayerWriter::Outcome outcome, writer.Finish());
  LayerSource layer = SourceOf(outcome, compression, parent);
  Keep({layer.blob.digest.str(), layer.chain_id});
  RETURN_IF_ERROR(writer.Commit());
  parts_.installer.NoteVerified(layer);
  return layer;
}

absl::StatusOr<LocalImageAuthor::PackedDiff> LocalImageAuthor::Pack(const Call& call,
                                                                    absl::string_view key,
                                                                    const PackOptions& options) {
  ASSIGN_OR_RETURN(const RootfsDiff diff, parts_.snapshotter.OpenDiff(key));
  ASSIGN_OR_RETURN(std::unique_ptr<LayerWriter> blob,
                   LayerWriter::New(parts_.content, options.compression));
  TarWriter tar([&blob](absl::string_view bytes) { return blob->Write(bytes); });
  ASSIGN_OR_RETURN(const WrittenDiff written,
                   WriteDiff(diff.upper.get(), tar, [&call] { return call.Check(); },
                             {.epoch = options.epoch, .left_out = options.left_out}));
  ASSIGN_OR_RETURN(LayerSource layer, Publish(*blob, options.compression, diff.parent));
  return PackedDiff{std::move(layer), written.is_whole};
}

// The layer below exists, and stays: a lease or a rootfs stands on it. Its diff id is an author's
// word.
absl::Status LocalImageAuthor::Unpack(const Call& call, const LayerSource& layer) {
  parts_.installer.NoteVerified(layer);
  return parts_.installer.Install(call, {layer}, nullptr, nullptr);
}

absl::StatusOr<AuthoredLayer> LocalImageAuthor::CommitRootfs(const Call& call,
                                                             absl::string_view key,
                                                             const PackOptions& options) {
  ASSIGN_OR_RETURN(const PackedDiff packed, Pack(call, key, options));
  if (packed.is_whole) {
    const absl::Status committed = parts_.snapshotter.CommitRootfs(key, packed.layer.chain_id);
    if (!absl::IsAlreadyExists(committed)) {
      RETURN_IF_ERROR(committed);
      return Describe(packed.layer);
    }
  }
  RETURN_IF_ERROR(Unpack(call, packed.layer));
  RETURN_IF_ERROR(parts_.snapshotter.RemoveRootfs(key));
  return Describe(packed.layer);
}

absl::StatusOr<AuthoredLayer> LocalImageAuthor::PackRootfs(const Call& call, absl::string_view key,
                                                           const PackOptions& options) {
  ASSIGN_OR_RETURN(const PackedDiff packed, Pack(call, key, options));
  RETURN_IF_ERROR(Unpack(call, packed.layer));
  return Describe(packed.layer);
}

absl::StatusOr<AuthoredLayer> LocalImageAuthor::ImportLayer(const Call& call,
                                                            absl::string_view parent,
                                                            const ArchiveSource& source) {
  ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, parts_.content.NewIngest());
  Sha256 diff_id;
  PieceSink unpacked([&](absl::string_view bytes) {
    diff_id.Update(bytes);
    return call.Check();
  });
  Compression compression = Compression::kNone;
  std::unique_ptr<Decompressor> decompressor;
  while (true) {
    RETURN_IF_ERROR(call.Check());
    ASSIGN_OR_RETURN(const absl::string_view piece, source());
    if (decompressor == nullptr) {
      compression = CompressionOf(piece);
      decompressor = Decompressor::New(compression);
    }
    if (piece.empty()) {
      break;
    }
    RETURN_IF_ERROR(ingest->Write(piece));
    RETURN_IF_ERROR(decompressor->Feed(piece, unpacked));
  }
  RETURN_IF_ERROR(decompressor->Finish());
  const LayerSource layer =
      SourceOf({ingest->Seal(), ingest->size(), diff_id.Finish()}, compression, parent);
  Keep({layer.blob.digest.str(), layer.chain_id});
  RETURN_IF_ERROR(ingest->Commit(layer.blob.digest));
  RETURN_IF_ERROR(Unpack(call, layer));
  return Describe(layer);
}

absl::StatusOr<Attachment> LocalImageAuthor::Attach(const Call& call, absl::string_view media_type,
                                                    int file) {
  if (!IsAttachmentType(media_type)) {
    return absl::InvalidArgumentError(absl::StrCat(media_type, " is no type of attachments"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<BlobIngest> ingest, parts_.content.NewIngest());
  std::string buffer(kPiece, '\0');
  while (true) {
    RETURN_IF_ERROR(call.Check());
    ASSIGN_OR_RETURN(const size_t size,
                     ToStatusOr(sys::ReadFullAt(file, buffer, static_cast<off_t>(ingest->size())),
                                "an attachment"));
    if (size == 0) {
      break;
    }
    RETURN_IF_ERROR(ingest->Write(absl::string_view(buffer).substr(0, size)));
  }
  const Digest digest = ingest->Seal();
  Keep({digest.str()});
  RETURN_IF_ERROR(ingest->Commit(digest));
  return Attachment{std::string(media_type), digest, ingest->size()};
}

absl::StatusOr<AuthoredLayer> LocalImageAuthor::Repack(const Call& call, const AuthoredLayer& layer,
                                                       Compression compression) {
  if (layer.compression == compression) {
    return layer;
  }
  ASSIGN_OR_RETURN(const sys::Fd blob, parts_.content.Open(layer.blob));
  ASSIGN_OR_RETURN(std::unique_ptr<LayerWriter> writer,
                   LayerWriter::New(parts_.content, compression));
  PieceSink tar([&writer](absl::string_view bytes) { return writer->Write(bytes); });
  const std::unique_ptr<Decompressor> decompressor = Decompressor::New(layer.compression);
  std::string buffer(kPiece, '\0');
  while (true) {
    RETURN_IF_ERROR(call.Check());
    ASSIGN_OR_RETURN(const size_t size, ToStatusOr(sys::ReadFull(blob.get(), buffer), "read blob"));
    if (size == 0) {
      break;
    }
    RETURN_IF_ERROR(decompressor->Feed(absl::string_view(buffer).substr(0, size), tar));
  }
  RETURN_IF_ERROR(decompressor->Finish());
  ASSIGN_OR_RETURN(const LayerWriter::Outcome outcome, writer->Finish());
  if (outcome.diff_id != layer.diff_id) {
    return absl::DataLossError(absl::StrCat("blob ", layer.blob.str(), " is damaged on disk"));
  }
  Keep({outcome.blob.str()});
  RETURN_IF_ERROR(writer->Commit());
  parts_.installer.NoteVerified(SourceOf(outcome, compression, ""));
  AuthoredLayer repacked = layer;
  repacked.blob = outcome.blob;
  repacked.size = outcome.size;
  repacked.compression = compression;
  return repacked;
}

absl::Status LocalImageAuthor::Adopt(const AuthoredLayer& layer) {
  Lease lease = parts_.leases.Protect({layer.blob.str(), layer.chain_id});
  if (!parts_.content.Has(layer.blob) || !parts_.snapshotter.HasLayer(layer.chain_id)) {
    return absl::NotFoundError(absl::StrCat("layer ", layer.blob.str(), " is gone"));
  }
  absl::MutexLock lock(&mutex_);
  leases_.push_back(std::move(lease));
  return absl::OkStatus();
}

absl::StatusOr<AuthoredLayer> LocalImageAuthor::Restack(const Call& call,
                                                        const AuthoredLayer& layer,
                                                        absl::string_view parent) {
  const LayerSource source =
      SourceOf({layer.blob, layer.size, layer.diff_id}, layer.compression, parent);
  if (source.chain_id == layer.chain_id && Adopt(layer).ok()) {
    return layer;
  }
  Keep({source.blob.digest.str(), source.chain_id});
  if (!parts_.content.Has(layer.blob)) {
    return absl::NotFoundError(absl::StrCat("layer ", layer.blob.str(), " is gone"));
  }
  RETURN_IF_ERROR(Unpack(call, source));
  return Describe(source);
}

absl::StatusOr<Image> LocalImageAuthor::Compose(const Call& call, const NewImage& image) {
  ASSIGN_OR_RETURN(std::string config, ConfigWithRootfs(image));
  ASSIGN_OR_RETURN(const ImageConfig parsed, ParseConfig(config));
  const Digest id = Digest::OfBytes(config);
  ImageManifest manifest{.config = {.media_type = kOciConfigType, .digest = id}};
  manifest.config.size = config.size();
  manifest.annotations = image.annotations;
  manifest.artifact_type = image.artifact_type;
  ImageRecord record{.id = id.str(), .names = {}, .blobs = {}};
  for (const AuthoredLayer& layer : image.layers) {
    const std::string type = LayerType(layer.compression);
    manifest.layers.push_back({.media_type = type, .digest = layer.blob, .size = layer.size});
    record.blobs.push_back({layer.blob, layer.size, type});
  }
  for (const Attachment& attached : image.attachments) {
    manifest.attachments.push_back(
        {.media_type = attached.media_type, .digest = attached.blob, .size = attached.size});
    record.blobs.push_back({attached.blob, attached.size, attached.media_type});
  }
  std::string bytes = FormatManifest(manifest);
  const Digest target = Digest::OfBytes(bytes);
  record.blobs.push_back({target, bytes.size(), kOciManifestType});
  record.blobs.push_back({id, config.size(), kOciConfigType});
  ASSIGN_OR_RETURN(record.names, NamesOf(image.names, target));
  RETURN_IF_ERROR(call.Check());
  Keep({target.str(), id.str()});
  RETURN_IF_ERROR(parts_.recorder.Record(
      record,
      {{target, kOciManifestType, std::move(bytes)}, {id, kOciConfigType, std::move(config)}},
      parsed, TagsOf(record)));
  return parts_.composed(id.str());
}

}  // namespace berth::imageservice
