// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_output.h"

#include <signal.h>
#include <sys/stat.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/file.h"
#include "base/status.h"
#include "cri/cli/break_off.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/receive_files.h"

namespace berth::cli {
namespace {

constexpr mode_t kDirectoryMode = 0755;
constexpr std::pair<absl::string_view, BuildOutput::Type> kTypes[] = {
    {"image", BuildOutput::Type::kImage},    {"oci", BuildOutput::Type::kArchive},
    {"docker", BuildOutput::Type::kArchive}, {"tar", BuildOutput::Type::kTar},
    {"local", BuildOutput::Type::kLocal},
};

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("--output ", text, ": ", why,
                   "; type=image|oci|docker|tar|local,dest=PATH, a directory or -"));
}

absl::Status ReadField(absl::string_view text, absl::string_view field, BuildOutput& output,
                       bool& has_type) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(field, absl::MaxSplits('=', 1));
  if (parts.first == "dest") {
    output.destination = parts.second == "-" ? "" : std::string(parts.second);
    return absl::OkStatus();
  }
  for (const auto& [name, type] : kTypes) {
    if (parts.first == "type" && parts.second == name) {
      output.type = type;
      has_type = true;
      return absl::OkStatus();
    }
  }
  return Invalid(text, absl::StrCat("unexpected ", field));
}

absl::Status RemoveContainer(const EngineClient& engine, const std::string& container) {
  EngineCall call;
  call.method = "DELETE";
  call.target = EngineTarget({"/containers", container}, {{"force", "1"}, {"v", "1"}});
  return engine.Ask(call).status();
}

absl::Status WriteFiles(const EngineClient& engine, const std::string& container,
                        const BuildOutput& output) {
  EngineCall call;
  call.target = EngineTarget({"/containers", container, "export"});
  if (output.type == BuildOutput::Type::kTar) {
    return ReceiveFile(engine, call, output.destination);
  }
  RETURN_IF_ERROR(EnsureDirectories(output.destination, kDirectoryMode));
  return ReceiveFiles(engine, call, {.directory = output.destination, .has_top = false, .name = {}})
      .status();
}

}  // namespace

absl::StatusOr<BuildOutput> ParseBuildOutput(absl::string_view text) {
  BuildOutput output;
  if (text == "-") {
    output.type = BuildOutput::Type::kTar;
    return output;
  }
  if (!absl::StrContains(text, "=")) {
    output.type = BuildOutput::Type::kLocal;
    output.destination = std::string(text);
    return text.empty() ? absl::StatusOr<BuildOutput>(Invalid(text, "nothing")) : output;
  }
  bool has_type = false;
  for (const absl::string_view field : absl::StrSplit(text, ',')) {
    RETURN_IF_ERROR(ReadField(text, field, output, has_type));
  }
  if (!has_type) {
    return Invalid(text, "it has no type");
  }
  if (output.type == BuildOutput::Type::kLocal && output.destination.empty()) {
    return Invalid(text, "it has no dest");
  }
  return output;
}

absl::Status WriteBuildOutput(const EngineClient& engine, const std::string& image,
                              const BuildOutput& output) {
  if (output.type == BuildOutput::Type::kImage) {
    return absl::OkStatus();
  }
  if (output.type == BuildOutput::Type::kArchive) {
    EngineCall call;
    call.target = EngineTarget({"/images/get"}, {{"names", image}});
    return ReceiveFile(engine, call, output.destination);
  }
  // A reader that leaves is an error then, after which the container goes.
  signal(SIGPIPE, SIG_IGN);
  const BreakOff break_off;
  // A container of the image; its command is one that need not be there.
  ASSIGN_OR_RETURN(
      const std::string container,
      MakeByEngine(engine, PostCall("/containers/create", {{"Image", image}, {"Cmd", {"none"}}})));
  const absl::Cleanup remove = [&] {
    LogIfError(RemoveContainer(engine, container), "a container of the output stays");
  };
  return WriteFiles(engine, container, output);
}

}  // namespace berth::cli
