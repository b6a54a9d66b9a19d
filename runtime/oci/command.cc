// SPDX-License-Identifier: Apache-2.0
#include "runtime/oci/command.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/command.h"
#include "base/json.h"
#include "base/path.h"
#include "base/utf8.h"

namespace berth::runtime::oci {
namespace {

std::string FileOf(absl::string_view bundle, absl::string_view name, absl::string_view extension) {
  return JoinPath(bundle, absl::StrCat(name, extension));
}

std::vector<std::string> Before(const Runtime& runtime) {
  std::vector<std::string> arguments = {runtime.path};
  arguments.insert(arguments.end(), runtime.options.begin(), runtime.options.end());
  arguments.insert(arguments.end(), {"--root", runtime.root});
  return arguments;
}

// A call that leaves a process. The socket is named from the bundle, where the program runs, since
// a path to it may be longer than a socket's may be.
ProgramPlan Leaving(const Runtime& runtime, const std::string& bundle, absl::string_view name,
                    std::vector<std::string> command, bool terminal) {
  ProgramPlan program;
  program.arguments = Before(runtime);
  program.log = FileOf(bundle, name, ".log");
  program.arguments.insert(program.arguments.end(), {"--log", program.log, "--log-format", "json"});
  program.arguments.insert(program.arguments.end(), std::make_move_iterator(command.begin()),
                           std::make_move_iterator(command.end()));
  program.environment = Environment();
  program.directory = bundle;
  program.pid_file = FileOf(bundle, name, ".pid");
  program.arguments.insert(program.arguments.end(), {"--detach", "--pid-file", program.pid_file});
  if (terminal) {
    program.console = absl::StrCat(name, ".sock");
    program.arguments.insert(program.arguments.end(), {"--console-socket", program.console});
  }
  return program;
}

}  // namespace

std::string ProcessFile(absl::string_view bundle, absl::string_view name) {
  return FileOf(bundle, name, ".json");
}

ProgramPlan RunProgram(const Runtime& runtime, const std::string& container_id,
                       const std::string& bundle, bool terminal) {
  ProgramPlan program = Leaving(runtime, bundle, "run", {"run", "--bundle", bundle}, terminal);
  program.arguments.push_back(container_id);
  return program;
}

ProgramPlan ExecProgram(const Runtime& runtime, const std::string& container_id,
                        const std::string& bundle, const std::string& name, bool terminal) {
  ProgramPlan program =
      Leaving(runtime, bundle, name, {"exec", "--process", ProcessFile(bundle, name)}, terminal);
  program.arguments.push_back(container_id);
  return program;
}

std::vector<std::string> DeleteCommand(const Runtime& runtime, const std::string& container_id) {
  std::vector<std::string> arguments = Before(runtime);
  arguments.insert(arguments.end(), {"delete", "--force", container_id});
  return arguments;
}

std::vector<std::string> FeaturesCommand(const Runtime& runtime) {
  std::vector<std::string> arguments = Before(runtime);
  arguments.push_back("features");
  return arguments;
}

const std::vector<std::string>& Environment() {
  static const auto* environment = new std::vector<std::string>{kHostPath};
  return *environment;
}

std::string LastError(absl::string_view log) {
  std::string message(absl::StripAsciiWhitespace(log));
  for (absl::string_view line : absl::StrSplit(log, '\n', absl::SkipWhitespace())) {
    const absl::StatusOr<Json> json = ParseJson(line, log.size());
    if (json.ok() && JsonString(*json, "level") == "error") {
      message = JsonString(*json, "msg").value_or(message);
    }
  }
  for (char& c : message) {
    c = absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  }
  message.resize(std::min(message.size(), kMaxMessage));
  return ValidUtf8(message);
}

}  // namespace berth::runtime::oci
