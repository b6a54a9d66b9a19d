// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/go_file_mode.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "cri/cli/commands.h"
#include "cri/cli/copy_plan.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/packed_files.h"
#include "cri/cli/quantity.h"
#include "cri/cli/receive_files.h"

namespace berth::cli {
namespace {

constexpr char kStatHeader[] = "X-Docker-Container-Path-Stat";
constexpr size_t kMaxStat = 64 << 10;
constexpr mode_t kDirectoryMode = 0755;

struct CpOptions {
  std::string from;
  std::string to;
  bool archive = false;
  bool follow = false;
  bool quiet = false;
};

// A path in a container, and what is there.
struct Place {
  std::string container;  // as the Engine API knows it
  std::string path;
  bool exists = false;
  bool is_directory = false;
  std::string link_target = {};  // in the container; of a symlink
};

void Tell(const CpOptions& options, const std::string& line) {
  if (!options.quiet) {
    fputs(line.c_str(), stderr);  // stdout is for archives
  }
}

EngineCall ArchiveCall(const std::string& method, const Place& place) {
  EngineCall call;
  call.method = method;
  call.target = EngineTarget({"/containers", place.container, "archive"}, {{"path", place.path}});
  return call;
}

// Says what is there. NotFound for a container that is none; an answer to HEAD has no words.
absl::Status Look(const EngineClient& engine, Place& place) {
  const absl::StatusOr<std::string> header =
      engine.AskHeader(ArchiveCall("HEAD", place), kStatHeader);
  if (absl::IsNotFound(header.status())) {
    place.exists = false;
    EngineCall inspect;
    inspect.target = EngineTarget({"/containers", place.container, "json"});
    return engine.Ask(inspect).status();
  }
  RETURN_IF_ERROR(header.status());
  std::string text;
  if (!absl::Base64Unescape(*header, &text)) {
    return absl::InternalError(absl::StrCat("the daemon's ", kStatHeader, " is no base64"));
  }
  ASSIGN_OR_RETURN(const berth::Json stat, ParseJson(text, kMaxStat));
  const auto mode = static_cast<uint64_t>(JsonInteger(stat, "mode").value_or(0));
  place.exists = true;
  place.is_directory = (mode & kGoDirectory) != 0;
  place.link_target = (mode & kGoSymlink) != 0 ? JsonString(stat, "linkTarget").value_or("") : "";
  return absl::OkStatus();
}

// The same for what the link leads to; how it is called stays.
absl::Status Follow(const EngineClient& engine, Place& place) {
  if (place.link_target.empty()) {
    return absl::OkStatus();
  }
  place = {.container = place.container, .path = place.link_target};
  return Look(engine, place);
}

CopyTarget LocalTarget(const std::string& path) {
  const auto info = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  return CopyTarget{
      .path = path, .exists = info.ok(), .is_directory = info.ok() && S_ISDIR(info->st_mode)};
}

absl::Status CopyOut(const EngineClient& engine, Place place, const CpOptions& options) {
  const std::string written = place.path;
  RETURN_IF_ERROR(Look(engine, place));
  if (options.follow) {
    RETURN_IF_ERROR(Follow(engine, place));
  }
  if (!place.exists) {
    return absl::NotFoundError(
        absl::StrCat("Could not find the file ", written, " in container ", place.container));
  }
  if (options.to == "-") {
    return ReceiveFile(engine, ArchiveCall("GET", place), "");
  }
  ASSIGN_OR_RETURN(
      const CopyPlan plan,
      PlanCopy({.path = written, .is_directory = place.is_directory}, LocalTarget(options.to)));
  place.path = CleanPath(place.path);
  UnpackChoice choice = {
      .directory = plan.directory, .name = plan.name, .keep_owners = options.archive};
  if (place.path == "/") {  // its archive has no member for itself
    const bool is_named = plan.name.has_value() && CleanPath(*plan.name) != "/";
    choice = {.directory = is_named ? JoinPath(plan.directory, *plan.name) : plan.directory,
              .has_top = false,
              .name = {},
              .keep_owners = options.archive};
    RETURN_IF_ERROR(EnsureDirectories(choice.directory, kDirectoryMode));
  }
  ASSIGN_OR_RETURN(const uint64_t bytes, ReceiveFiles(engine, ArchiveCall("GET", place), choice));
  Tell(options, absl::StrCat("Successfully copied ", HumanSize(bytes), " to ", options.to, "\n"));
  return absl::OkStatus();
}

absl::StatusOr<CopySource> LocalSource(const CpOptions& options) {
  const bool follows =
      options.follow || absl::EndsWith(options.from, "/") || absl::EndsWith(options.from, "/.");
  ASSIGN_OR_RETURN(
      const struct stat info,
      ToStatusOr(sys::StatAt(AT_FDCWD, options.from.c_str(), follows ? 0 : AT_SYMLINK_NOFOLLOW),
                 "look at ", options.from));
  return CopySource{.path = options.from, .is_directory = S_ISDIR(info.st_mode)};
}

absl::Status CopyIn(const EngineClient& engine, Place place, const CpOptions& options) {
  const std::string written = place.path;
  RETURN_IF_ERROR(Look(engine, place));
  RETURN_IF_ERROR(Follow(engine, place));
  CopyPlan plan = {.directory = place.path, .name = std::nullopt};
  PackedFiles::Fill fill;
  if (options.from != "-") {
    ASSIGN_OR_RETURN(const CopySource source, LocalSource(options));
    const bool keeps_slash = absl::EndsWith(written, "/") && !absl::EndsWith(place.path, "/");
    ASSIGN_OR_RETURN(plan,
                     PlanCopy(source, {.path = absl::StrCat(place.path, keeps_slash ? "/" : ""),
                                       .exists = place.exists,
                                       .is_directory = place.is_directory}));
    const PackChoice choice = {.name = plan.name.value_or(""),
                               .keep_owners = options.archive,
                               .follow_top = options.follow};
    fill = [top = CleanPath(options.from), choice](imageservice::TarWriter& writer) {
      return PackTree(top, choice, writer);
    };
  }
  place.path = plan.directory;
  EngineCall call = ArchiveCall("PUT", place);
  call.target += "&noOverwriteDirNonDir=true";
  if (fill == nullptr) {
    RETURN_IF_ERROR(SendFile(call, "-", "a file"));
  } else {
    call.content_type = "application/x-tar";
    call.next_piece = [files = std::make_shared<PackedFiles>(std::move(fill))] {
      return files->Next();
    };
  }
  RETURN_IF_ERROR(engine.Ask(call).status());
  Tell(options, absl::StrCat("Successfully copied to ", options.to, "\n"));
  return absl::OkStatus();
}

absl::StatusOr<int> RunCp(const Session& session, const CpOptions& options) {
  const CopyPath from = ParseCopyPath(options.from);
  const CopyPath to = ParseCopyPath(options.to);
  if (from.container.empty() == to.container.empty()) {
    return absl::InvalidArgumentError(from.container.empty()
                                          ? "one of the two must be CONTAINER:PATH"
                                          : "copying between containers is not supported");
  }
  const CopyPath& remote = from.container.empty() ? to : from;
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string container, EngineName(session, remote.container));
  const Place place = {.container = container, .path = JoinPath("/", remote.path)};
  RETURN_IF_ERROR(from.container.empty() ? CopyIn(engine, place, options)
                                         : CopyOut(engine, place, options));
  return 0;
}

}  // namespace

void DefineCp(Verb& verb) {
  verb.set_description("Copy files between a container and the host");
  auto options = std::make_shared<CpOptions>();
  verb.Add("FROM", options->from, "CONTAINER:PATH or a path; - for an archive on stdin",
           {.required = true});
  verb.Add("TO", options->to, "a path or CONTAINER:PATH; - for an archive on stdout",
           {.required = true});
  verb.AddFlag("-a,--archive", options->archive, "with owners, setuid and setgid");
  verb.AddFlag("-L,--follow-link", options->follow, "what FROM leads to, if it is a link");
  verb.AddFlag("-q,--quiet", options->quiet, "without the line at the end");
  verb.set_footer("DIR/. is what is in DIR.");
  verb.set_action([options](const Session& session) { return RunCp(session, *options); });
}

}  // namespace berth::cli
