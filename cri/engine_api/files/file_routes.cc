// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/file_routes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/user_database.h"
#include "cri/engine_api/containers/container_event.h"
#include "cri/engine_api/files/container_commit.h"
#include "cri/engine_api/files/file_access.h"
#include "cri/engine_api/files/path_stat.h"
#include "cri/engine_api/files/rootfs_delta.h"
#include "cri/engine_api/files/tree_archive.h"
#include "cri/engine_api/files/tree_extractor.h"
#include "cri/engine_api/images/image_import.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/json_fields.h"
#include "imageservice/layer/any_decompressor.h"

namespace berth::cri {
namespace {

constexpr char kTarType[] = "application/x-tar";
constexpr uint64_t kMaxCopiedBytes = uint64_t{1} << 40;  // of one archive, unpacked
constexpr size_t kMaxPasswd = 1 << 20;

// The path that a request is about, and what is there.
struct Found {
  CopyPath asked;
  std::string path;  // with its last symlink followed where the path says so
  struct stat info = {};
  std::string link_target;
};

absl::Status NotThere(const std::string& path, const std::string& container) {
  return absl::NotFoundError(
      absl::StrCat("Could not find the file ", path, " in container ", container));
}

absl::StatusOr<Found> FindPath(int root, const std::string& text, const std::string& container) {
  Found found{.asked = ReadCopyPath(text), .path = "", .link_target = ""};
  found.path = found.asked.path;
  if (found.asked.is_directory) {
    ASSIGN_OR_RETURN(found.path, FollowLinks(root, found.path));
  }
  const sys::ErrnoOr<sys::Fd> there =
      sys::OpenInRoot(root, found.path.c_str(), O_PATH | O_NOFOLLOW);
  if (!there.ok() && (there.error().code == ENOENT || there.error().code == ENOTDIR)) {
    return NotThere(text, container);
  }
  RETURN_IF_ERROR(ToStatus(there, text));
  ASSIGN_OR_RETURN(found.info, ToStatusOr(sys::Stat(there->get()), text));
  if (found.asked.is_directory && !S_ISDIR(found.info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(text, ": not a directory"));
  }
  if (S_ISLNK(found.info.st_mode)) {
    ASSIGN_OR_RETURN(found.link_target, FollowLinks(root, found.path));
  }
  return found;
}

absl::StatusOr<std::string> PathOf(const EngineRequest& request) {
  std::string path = request.Query("path");
  return path.empty() ? absl::StatusOr<std::string>(
                            absl::InvalidArgumentError("bad parameter: 'path' cannot be empty"))
                      : std::move(path);
}

EngineHeaders StatHeaders(const Found& found) {
  return {{kPathStatHeader, PathStatValue(found.asked.name, found.info, found.link_target)}};
}

// Who the container's processes are, by its own databases.
absl::StatusOr<std::pair<uid_t, gid_t>> OwnerOf(const OpenedFiles& files) {
  const std::string user = files.spec.user.substr(0, files.spec.user.find(':'));
  if (user.empty()) {
    return std::pair<uid_t, gid_t>(0, 0);
  }
  std::string passwd;
  const sys::ErrnoOr<sys::Fd> file =
      sys::OpenInRoot(files.view.root(), "/etc/passwd", O_RDONLY | O_NONBLOCK);
  if (file.ok()) {
    ASSIGN_OR_RETURN(passwd, ReadDescriptor(file->get(), kMaxPasswd));
  }
  const std::optional<uint32_t> number = ParseId(user);
  const std::optional<PasswdEntry> entry =
      number.has_value() ? FindUserById(passwd, *number) : FindUserByName(passwd, user);
  if (entry.has_value()) {
    return std::pair<uid_t, gid_t>(entry->uid, entry->gid);
  }
  if (number.has_value()) {
    return std::pair<uid_t, gid_t>(*number, 0);
  }
  return absl::InvalidArgumentError(absl::StrCat("unable to find user ", user));
}

class FileRoutes {
 public:
  FileRoutes(ContainerEngine& engine, const EngineParts& parts)
      : engine_(engine),
        parts_(parts),
        images_(parts.images),
        events_(parts.events),
        access_(engine, parts) {}

  absl::Status Stat(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const std::string path, PathOf(exchange.request()));
    ASSIGN_OR_RETURN(const OpenedFiles files,
                     access_.Open(exchange.call(), name, FileAccess::Mounts::kAll));
    ASSIGN_OR_RETURN(const Found found, FindPath(files.view.root(), path, name));
    exchange.Send(200, StatHeaders(found), "");
    return absl::OkStatus();
  }

  absl::Status Get(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const std::string path, PathOf(exchange.request()));
    ASSIGN_OR_RETURN(const OpenedFiles files,
                     access_.Open(exchange.call(), name, FileAccess::Mounts::kAll));
    ASSIGN_OR_RETURN(const Found found, FindPath(files.view.root(), path, name));
    exchange.Begin(kTarType, StatHeaders(found));
    events_.Tell(ContainerEvent("archive-path", files.record, {{"path", path}}));
    return SendTree(exchange, files, found.path, found.asked.name);
  }

  absl::Status Export(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const OpenedFiles files,
                     access_.Open(exchange.call(), name, FileAccess::Mounts::kNone));
    exchange.Begin(kTarType);
    events_.Tell(ContainerEvent("export", files.record));
    return SendTree(exchange, files, "/", "");
  }

  absl::Status Put(Exchange& exchange, const std::string& name) const {
    const EngineRequest& request = exchange.request();
    ASSIGN_OR_RETURN(const std::string path, PathOf(request));
    ASSIGN_OR_RETURN(const OpenedFiles files,
                     access_.Open(exchange.call(), name, FileAccess::Mounts::kToWrite));
    ASSIGN_OR_RETURN(const std::string target,
                     FollowLinks(files.view.root(), ReadCopyPath(path).path));
    ASSIGN_OR_RETURN(const Found found, FindPath(files.view.root(), target, name));
    if (!S_ISDIR(found.info.st_mode)) {
      return absl::InvalidArgumentError("extraction point is not a directory");
    }
    RETURN_IF_ERROR(CheckWritable(files.spec, found.path));
    ExtractOptions options;
    options.keeps_kinds = request.Flag("noOverwriteDirNonDir");
    if (request.Flag("copyUIDGID")) {
      ASSIGN_OR_RETURN(options.owner, OwnerOf(files));
    }
    imageservice::AnyDecompressor unpacked([&exchange] { return exchange.ReadPiece(); },
                                           kMaxCopiedBytes);
    TreeExtractor extractor(files.view.root(), found.path, options);
    RETURN_IF_ERROR(extractor.Extract([&unpacked] { return unpacked.Next(); },
                                      [&exchange] { return exchange.call().Check(); }));
    events_.Tell(ContainerEvent("extract-to-dir", files.record, {{"path", path}}));
    exchange.Send(200, {}, "");
    return absl::OkStatus();
  }

  absl::Status Changes(Exchange& exchange, const std::string& name) const {
    ASSIGN_OR_RETURN(const EngineContainerRecord record, engine_.FindAny(name));
    ASSIGN_OR_RETURN(const RootfsDelta delta, OpenDelta(exchange.call(), images_, record));
    ASSIGN_OR_RETURN(const auto changes, ChangesOf(exchange.call(), delta));
    Json list = Json::array();
    for (const imageservice::RootfsChange& change : changes) {
      list.push_back({{"Path", change.path}, {"Kind", static_cast<int>(change.kind)}});
    }
    exchange.SendJson(list);
    return absl::OkStatus();
  }

  absl::Status Commit(Exchange& exchange, const std::string& /*name*/) const {
    const EngineRequest& asked = exchange.request();
    CommitRequest request;
    request.container = asked.Query("container");
    request.reference = JoinTag(asked.Query("repo"), asked.Query("tag"));
    request.author = asked.Query("author");
    request.comment = asked.Query("comment");
    request.changes = ReadChanges(asked);
    request.pauses = asked.query.count("pause") == 0 || asked.Flag("pause");
    request.is_snapshot = asked.Flag("snapshot");
    request.has_processes = asked.Flag("checkpoint");
    ASSIGN_OR_RETURN(request.config, ReadJsonBody(exchange));
    ASSIGN_OR_RETURN(const imageservice::Image image,
                     CommitContainer(exchange.call(), engine_, parts_, request));
    ASSIGN_OR_RETURN(const EngineContainerRecord record, engine_.FindAny(request.container));
    events_.Tell(ContainerEvent(
        "commit", record,
        {{"comment", request.comment}, {"imageID", image.id}, {"imageRef", request.reference}}));
    exchange.SendCreated({{"Id", image.id}});
    return absl::OkStatus();
  }

 private:
  static absl::Status CheckWritable(const ContainerSpec& spec, const std::string& path) {
    const MountSpec* const mount = MountOf(spec, path);
    if (mount == nullptr ? spec.read_only_root : mount->read_only) {
      return absl::InvalidArgumentError(mount == nullptr ? "container rootfs is marked read-only"
                                                         : "mounted volume is marked read-only");
    }
    return absl::OkStatus();
  }

  static absl::Status SendTree(Exchange& exchange, const OpenedFiles& files,
                               const std::string& path, const std::string& name) {
    const absl::Status sent = ArchiveTree(
        files.view.root(), path, name,
        [&exchange](absl::string_view bytes) {
          exchange.Write(bytes);
          return exchange.call().Check();
        },
        [&exchange] { return exchange.call().Check(); });
    if (!sent.ok()) {
      exchange.Break();
    }
    return sent;
  }

  ContainerEngine& engine_;
  const EngineParts parts_;
  imageservice::ImageStore& images_;
  EventHub& events_;
  const FileAccess access_;
};

}  // namespace

void AddFileRoutes(Router& router, ContainerEngine& engine, const EngineParts& parts) {
  const auto routes = std::make_shared<FileRoutes>(engine, parts);
  using Method = absl::Status (FileRoutes::*)(Exchange&, const std::string&) const;
  const auto add = [&](absl::string_view method, absl::string_view pattern, Method answer) {
    router.Add(method, pattern, [routes, answer](Exchange& exchange, const std::string& name) {
      return ((*routes).*answer)(exchange, name);
    });
  };
  add("HEAD", "/containers/*/archive", &FileRoutes::Stat);
  add("GET", "/containers/*/archive", &FileRoutes::Get);
  add("PUT", "/containers/*/archive", &FileRoutes::Put);
  add("GET", "/containers/*/export", &FileRoutes::Export);
  add("GET", "/containers/*/changes", &FileRoutes::Changes);
  add("POST", "/commit", &FileRoutes::Commit);
}

}  // namespace berth::cri
