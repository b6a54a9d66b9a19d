// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/metadata_step.h"

#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "imageservice/build/dockerfile_parser.h"
#include "imageservice/build/history_words.h"
#include "imageservice/build/metadata_values.h"
#include "imageservice/build/word_expansion.h"

namespace berth::imageservice {
namespace {

constexpr char kEscape = '\\';

template <typename T>
constexpr bool kMakesLayers =
    std::is_same_v<T, FromInstruction> || std::is_same_v<T, ArgInstruction> ||
    std::is_same_v<T, CopyInstruction> || std::is_same_v<T, RunInstruction> ||
    std::is_same_v<T, ShellInstruction> || std::is_same_v<T, MaintainerInstruction>;

}  // namespace

absl::Status ExpandAll(ExpandVariables expand, std::vector<std::string>& words) {
  for (std::string& word : words) {
    ASSIGN_OR_RETURN(word, expand(word));
  }
  return absl::OkStatus();
}

Words ApplyMetadata(const EnvInstruction& env, ExpandVariables expand, ImageDraft& draft) {
  // All see the environment as it was before the instruction.
  std::vector<KeyValue> expanded;
  for (const KeyValue& each : env.variables) {
    ASSIGN_OR_RETURN(std::string key, expand(each.key));
    ASSIGN_OR_RETURN(std::string value, expand(each.value));
    if (key.empty()) {
      return absl::InvalidArgumentError("ENV names can not be blank");
    }
    expanded.push_back({std::move(key), std::move(value)});
  }
  std::string words = "ENV";
  for (const KeyValue& each : expanded) {
    draft.SetVariable(each.key, each.value);
    absl::StrAppend(&words, " ", each.key, "=", each.value);
  }
  return words;
}

Words ApplyMetadata(const LabelInstruction& label, ExpandVariables expand, ImageDraft& draft) {
  std::string words = "LABEL";
  for (const KeyValue& each : label.labels) {
    ASSIGN_OR_RETURN(const std::string key, expand(each.key));
    ASSIGN_OR_RETURN(const std::string value, expand(each.value));
    if (key.empty()) {
      return absl::InvalidArgumentError("LABEL names can not be blank");
    }
    draft.SetLabel(key, value);
    absl::StrAppend(&words, " ", key, "=", value);
  }
  return words;
}

Words ApplyMetadata(const MaintainerInstruction& maintainer, ExpandVariables /*expand*/,
                    ImageDraft& draft) {
  draft.SetMaintainer(maintainer.name);
  return absl::StrCat("MAINTAINER ", maintainer.name);
}

Words ApplyMetadata(const CmdInstruction& cmd, ExpandVariables /*expand*/, ImageDraft& draft) {
  draft.SetCommand(cmd.command);
  return ListWords("CMD", ArgumentsOf(cmd.command, draft.shell()));
}

Words ApplyMetadata(const EntrypointInstruction& entrypoint, ExpandVariables /*expand*/,
                    ImageDraft& draft) {
  draft.SetEntrypoint(entrypoint.command);
  return ListWords("ENTRYPOINT", ArgumentsOf(entrypoint.command, draft.shell()));
}

Words ApplyMetadata(const ShellInstruction& shell, ExpandVariables /*expand*/, ImageDraft& draft) {
  draft.SetShell(shell.words);
  return absl::StrCat("SHELL [", absl::StrJoin(shell.words, " "), "]");
}

Words ApplyMetadata(const ExposeInstruction& expose, ExpandVariables expand, ImageDraft& draft) {
  std::vector<std::string> ports = expose.ports;
  RETURN_IF_ERROR(ExpandAll(expand, ports));
  std::vector<std::string> exposed;
  for (const std::string& each : ports) {
    ASSIGN_OR_RETURN(const std::vector<std::string> all, draft.AddPorts(each));
    exposed.insert(exposed.end(), all.begin(), all.end());
    if (exposed.size() > kMaxExposedPorts) {
      return absl::InvalidArgumentError(
          absl::StrCat("EXPOSE of more than ", kMaxExposedPorts, " ports"));
    }
  }
  return absl::StrCat("EXPOSE [", absl::StrJoin(exposed, " "), "]");
}

Words ApplyMetadata(const UserInstruction& user, ExpandVariables expand, ImageDraft& draft) {
  ASSIGN_OR_RETURN(const std::string name, expand(user.user));
  draft.SetUser(name);
  return absl::StrCat("USER ", name);
}

Words ApplyMetadata(const VolumeInstruction& volume, ExpandVariables expand, ImageDraft& draft) {
  std::vector<std::string> paths = volume.paths;
  RETURN_IF_ERROR(ExpandAll(expand, paths));
  for (const std::string& path : paths) {
    if (path.empty()) {
      return absl::InvalidArgumentError("VOLUME specified can not be an empty string");
    }
    draft.AddVolume(path);
  }
  return absl::StrCat("VOLUME [", absl::StrJoin(paths, " "), "]");
}

Words ApplyMetadata(const StopSignalInstruction& stop, ExpandVariables expand, ImageDraft& draft) {
  ASSIGN_OR_RETURN(const std::string signal, expand(stop.signal));
  RETURN_IF_ERROR(draft.SetStopSignal(signal));
  return absl::StrCat("STOPSIGNAL ", signal);
}

Words ApplyMetadata(const HealthCheckInstruction& check, ExpandVariables /*expand*/,
                    ImageDraft& draft) {
  draft.SetHealthCheck(check);
  return HealthCheckWords(check);
}

Words ApplyMetadata(const OnBuildInstruction& onbuild, ExpandVariables /*expand*/,
                    ImageDraft& draft) {
  draft.AddTrigger(onbuild.trigger);
  return std::string();
}

absl::Status ApplyChange(const std::string& text, ImageDraft& draft) {
  ASSIGN_OR_RETURN(const Instruction instruction, ParseInstruction(text));
  ExpansionBudget budget;
  const auto expand = [&](absl::string_view word) {
    return budget.Take(ExpandWord(
        word, kEscape, [&draft](absl::string_view name) { return draft.Variable(name); }));
  };
  return std::visit(
      [&](const auto& what) -> absl::Status {
        using What = std::decay_t<decltype(what)>;
        if constexpr (kMakesLayers<What>) {
          return absl::InvalidArgumentError(
              absl::StrCat(text.substr(0, text.find(' ')), " is not a valid change command"));
        } else if constexpr (std::is_same_v<What, WorkdirInstruction>) {
          ASSIGN_OR_RETURN(const std::string path, expand(what.path));
          draft.SetWorkingDirectory(path);
          return absl::OkStatus();
        } else {
          return ApplyMetadata(what, expand, draft).status();
        }
      },
      instruction.what);
}

}  // namespace berth::imageservice
