// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "cri/engine_api/containers/container_engine.h"
#include "cri/engine_api/containers/container_spec.h"
#include "cri/engine_api/containers/image_mounts.h"
#include "cri/engine_api/files/container_view.h"

namespace berth::cri {

using MountedImages = std::map<std::string, ImagePart>;  // by where they are in the container

// The files of a container, for as long as this lives. One that does not run is not started or
// removed meanwhile.
struct OpenedFiles {
  EngineContainerRecord record;
  ContainerSpec spec;  // whose mounts are all there are, volumes by their directories
  std::optional<KeyedHolds::Hold> hold;  // of one that does not run
  ContainerView view;
};

// Opens the files of containers, running or not. What is given must outlive it. Thread-safe.
class FileAccess {
 public:
  FileAccess(ContainerEngine& engine, const EngineParts& parts) : engine_(engine), parts_(parts) {}

  // With its binds, volumes and tmpfs, or its root alone; of one that does not run, to read what
  // its last run had in /etc of the pod, or to write. NotFound in Docker's words;
  // FailedPrecondition for one of a pod that is yet to start: CRI's clients may do that any time.
  enum class Mounts { kAll, kToWrite, kNone };
  absl::StatusOr<OpenedFiles> Open(const Call& call, absl::string_view name, Mounts mounts) const;

 private:
  // Of one that runs; NotFound once it has ended.
  struct Live {
    sys::Fd mount_namespace;
    std::string pod_directory;
  };
  struct Held {
    EngineContainerRecord record;
    KeyedHolds::Hold hold;
    Live live;
  };
  absl::StatusOr<Held> Hold(const Call& call, const std::string& id) const;
  absl::StatusOr<Live> OpenLive(const EngineContainerRecord& record) const;
  std::string PodFilesOf(const EngineContainerRecord& record, const Live& live,
                         Mounts mounts) const;
  absl::StatusOr<std::vector<MountSpec>> MountsOf(const Call& call,
                                                  const EngineContainerRecord& record) const;
  absl::StatusOr<MountedImages> ImagesIn(const Call& call,
                                         const EngineContainerRecord& record) const;

  ContainerEngine& engine_;
  const EngineParts parts_;
};

// Those of the files in `directory` that every container of a pod gets from it, but where one of
// its own mounts is at the same place; as writable as the container has them. Pure.
std::vector<ViewMount> PlanPodFiles(const ContainerSpec& spec, const std::string& directory);

// The mounts that a view shows, those above before those below. Pure.
std::vector<ViewMount> PlanViewMounts(const ContainerSpec& spec, const MountedImages& images);

// The one that `path` is in; null for the root. Pure.
const MountSpec* MountOf(const ContainerSpec& spec, absl::string_view path);

}  // namespace berth::cri
