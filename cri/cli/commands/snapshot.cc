// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

struct SnapshotOptions {
  std::string container;
  std::string name;
  bool pause = true;
  bool checkpoint = false;
};

struct RestoreOptions {
  std::string snapshot;
  std::string name;
  bool trust = false;
  bool start = false;
  bool checkpoint = false;
};

absl::StatusOr<int> RunSnapshot(const Session& session, const SnapshotOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const std::string container, EngineName(session, options.container));
  const auto [repository, tag] = SplitTag(options.name);
  ASSIGN_OR_RETURN(
      const std::string id,
      MakeByEngine(
          engine, PostCall(EngineTarget({"/commit"}, {{"container", container},
                                                      {"repo", repository},
                                                      {"tag", tag},
                                                      {"pause", options.pause ? "1" : "0"},
                                                      {"checkpoint", options.checkpoint ? "1" : ""},
                                                      {"snapshot", "1"}}))));
  Print(absl::StrCat(id, "\n"));
  return 0;
}

absl::StatusOr<int> RunRestore(const Session& session, const RestoreOptions& options) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(
      const std::string id,
      MakeByEngine(engine, PostCall(EngineTarget({"/containers/create"},
                                                 {{"snapshot", options.snapshot},
                                                  {"name", options.name},
                                                  {"checkpoint", options.checkpoint ? "1" : ""},
                                                  {"trust", options.trust ? "1" : ""}}))));
  if (options.start) {
    RETURN_IF_ERROR(PostToContainer(session, id, "start"));
  }
  Print(absl::StrCat(id, "\n"));
  return 0;
}

}  // namespace

void DefineSnapshot(Verb& verb) {
  verb.set_description("Keep a container, files and configuration, as an image");
  auto options = std::make_shared<SnapshotOptions>();
  verb.Add("CONTAINER", options->container, "a name or id", {.required = true});
  verb.Add("NAME", options->name, "the image's name, for example web:moved", {.required = true});
  verb.AddFlag("-p,--pause,!--no-pause", options->pause,
               "stop its processes meanwhile (the usual)");
  verb.AddFlag("--checkpoint", options->checkpoint,
               "keep its processes too, by CRIU: restore --checkpoint goes on with them");
  verb.set_footer(
      "save, load, push and pull carry it to another node, where restore makes the container\n"
      "again. What is in volumes stays here.");
  verb.set_action([options](const Session& session) { return RunSnapshot(session, *options); });
}

void DefineRestore(Verb& verb) {
  verb.set_description("Make the container of a snapshot again");
  auto options = std::make_shared<RestoreOptions>();
  verb.Add("NAME", options->snapshot, "the snapshot's name", {.required = true});
  verb.Add("--name", options->name, "the container's; as it was called otherwise",
           {.type = "NAME"});
  verb.AddFlag("--trust", options->trust,
               "give it what it asks for on this node: devices, paths, capabilities, ...");
  verb.AddFlag("--checkpoint", options->checkpoint,
               "its first start goes on with the processes that the snapshot has");
  verb.AddFlag("--start", options->start, "and start it");
  verb.set_action([options](const Session& session) { return RunRestore(session, *options); });
}

}  // namespace berth::cli
