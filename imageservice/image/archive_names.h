// SPDX-License-Identifier: Apache-2.0
#pragma once

// The names in an archive of images: an OCI layout, and Docker's own beside it.
namespace berth::imageservice {

inline constexpr char kArchiveLayout[] = "oci-layout";
inline constexpr char kArchiveIndex[] = "index.json";
inline constexpr char kArchiveBlobs[] = "blobs/sha256/";
inline constexpr char kArchiveManifest[] = "manifest.json";  // Docker's list of images

// Annotations of an index's entries.
inline constexpr char kArchiveName[] = "io.containerd.image.name";          // in full
inline constexpr char kArchiveTag[] = "org.opencontainers.image.ref.name";  // or in full, by podman

}  // namespace berth::imageservice
