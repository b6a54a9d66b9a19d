// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "cri/cli/command_line.h"
#include "cri/cli/commands.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

int Main(std::vector<std::string> words) {
  Session session;
  Verb program("berth");
  DeclareProgram(program, session);
  Chosen chosen;
  const absl::StatusOr<std::string> text = ParseCommandLine(program, std::move(words), chosen);
  if (!text.ok()) {
    PrintError(text.status());
    return kExitOwnFailure;
  }
  Print(*text);
  if (chosen.run == nullptr) {
    return 0;
  }
  const absl::StatusOr<int> code = chosen.run(session);
  if (!code.ok()) {
    PrintError(code.status());
    return chosen.failure_code;
  }
  return *code;
}

}  // namespace
}  // namespace berth::cli

int main(int argc, char** argv) {
  return berth::cli::Main(std::vector<std::string>(argv + 1, argv + argc));
}
