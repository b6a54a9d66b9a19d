// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/cni_plugin.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

// Error codes of the specification.
constexpr int64_t kTryAgainLater = 11;
constexpr int64_t kPluginNotAvailable = 50;
constexpr int64_t kLimitedConnectivity = 51;

// One line without control characters, cut.
std::string OneLine(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  std::string line(text.substr(0, kMaxPluginMessage));
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      c = ' ';
    }
  }
  return text.size() > kMaxPluginMessage ? line + "..." : line;
}

// systemd's variables are for the daemon: a plugin that inherited them could speak in its name.
bool ConcernsTheDaemon(absl::string_view variable) {
  for (absl::string_view prefix :
       {"CNI_", "NOTIFY_SOCKET=", "LISTEN_", "WATCHDOG_", "INVOCATION_ID=", "JOURNAL_STREAM="}) {
    if (absl::StartsWith(variable, prefix)) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> DaemonEnvironment() {
  std::vector<std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    variables.emplace_back(*variable);
  }
  return variables;
}

bool IsProgram(const std::string& path) {
  sys::ErrnoOr<struct stat> info = sys::StatAt(AT_FDCWD, path.c_str(), 0);
  return info.ok() && S_ISREG(info->st_mode) && (info->st_mode & 0111) != 0;
}

}  // namespace

std::string FormatPluginInput(const NetworkConfig& network, const PluginConfig& plugin,
                              const PluginContext& context) {
  Json input = Json::object();
  for (const auto& [key, value] : plugin.object.items()) {
    // Keys that only the runtime may set.
    if (key != "capabilities" && key != "runtimeConfig" && key != "prevResult" &&
        key != "cniVersions" && !absl::StartsWith(key, "cni.dev/")) {
      input[key] = value;
    }
  }
  input["name"] = network.name;
  input["cniVersion"] = network.version.str();
  if (context.capability_arguments != nullptr) {
    for (const auto& [capability, argument] : context.capability_arguments->items()) {
      if (plugin.capabilities.count(capability) > 0) {
        input["runtimeConfig"][capability] = argument;
      }
    }
  }
  if (context.previous_result != nullptr) {
    input["prevResult"] = *context.previous_result;
  }
  if (context.valid_attachments != nullptr) {
    input["cni.dev/valid-attachments"] = *context.valid_attachments;
    input["cni.dev/attachments"] = *context.valid_attachments;  // as early 1.1 plugins read it
  }
  return FormatJson(input);
}

std::vector<std::string> PluginEnvironment(const std::vector<std::string>& inherited,
                                           absl::string_view command, const PluginTarget* target,
                                           const std::vector<std::string>& plugin_dirs) {
  std::vector<std::string> variables;
  bool has_path = false;
  for (const std::string& variable : inherited) {
    if (!ConcernsTheDaemon(variable)) {
      variables.push_back(variable);
      has_path = has_path || absl::StartsWith(variable, "PATH=");
    }
  }
  if (!has_path) {
    variables.emplace_back(kHostPath);
  }
  variables.push_back(absl::StrCat("CNI_COMMAND=", command));
  variables.push_back(absl::StrCat("CNI_PATH=", absl::StrJoin(plugin_dirs, ":")));
  if (target != nullptr) {
    variables.push_back("CNI_CONTAINERID=" + target->container_id);
    variables.push_back("CNI_NETNS=" + target->namespace_path);
    variables.push_back("CNI_IFNAME=" + target->interface);
    variables.push_back("CNI_ARGS=" + target->arguments);
  }
  return variables;
}

absl::Status PluginOutcome(const CommandResult& result) {
  if (result.exit_code == 0) {
    return absl::OkStatus();
  }
  absl::StatusOr<Json> json = ParseJson(result.out, kMaxPluginOutput);
  const std::optional<int64_t> code = json.ok() ? JsonInteger(*json, "code") : std::nullopt;
  if (!code.has_value()) {
    const std::string said = OneLine(result.err.empty() ? result.out : result.err);
    return absl::InternalError(absl::StrCat("exit code ", result.exit_code,
                                            said.empty() ? " without a word" : ": ", said));
  }
  const std::string details = JsonString(*json, "details").value_or("");
  const std::string message = OneLine(absl::StrCat(JsonString(*json, "msg").value_or("no message"),
                                                   details.empty() ? "" : "; ", details));
  const std::string text = absl::StrCat("code ", *code, ": ", message);
  const bool passing =
      *code == kTryAgainLater || *code == kPluginNotAvailable || *code == kLimitedConnectivity;
  return passing ? absl::UnavailableError(text) : absl::InternalError(text);
}

absl::StatusOr<std::string> FindPlugin(absl::string_view type,
                                       const std::vector<std::string>& plugin_dirs) {
  for (const std::string& dir : plugin_dirs) {
    std::string path = JoinPath(dir, type);
    if (IsProgram(path)) {
      return path;
    }
  }
  return absl::UnavailableError(
      absl::StrCat("no such program in ", absl::StrJoin(plugin_dirs, ", ")));
}

absl::StatusOr<std::string> RunPlugin(const Call& call, absl::string_view command,
                                      const PluginConfig& plugin, const PluginTarget* target,
                                      const std::vector<std::string>& plugin_dirs,
                                      std::string input) {
  ASSIGN_OR_RETURN(std::string path, FindPlugin(plugin.type, plugin_dirs));
  Command program;
  program.arguments = {std::move(path)};
  program.environment = PluginEnvironment(DaemonEnvironment(), command, target, plugin_dirs);
  program.input = std::move(input);
  program.max_output = kMaxPluginOutput;
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(call, program));
  RETURN_IF_ERROR(PluginOutcome(result));
  return std::move(result.out);
}

}  // namespace berth::runtime
