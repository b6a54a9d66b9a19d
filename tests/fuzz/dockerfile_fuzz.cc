// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

#include "imageservice/build/dockerfile_parser.h"
#include "imageservice/build/run_mount.h"
#include "imageservice/build/statement.h"
#include "imageservice/build/word_expansion.h"
#include "tests/fuzz/require.h"

// Lines are in order and inside the file, an instruction that was accepted is accepted on its own,
// and no word grows without limit.
namespace berth::imageservice {
namespace {

void CheckInstruction(const Instruction& instruction, char escape, int& line) {
  Require(instruction.first_line > line && instruction.last_line >= instruction.first_line);
  line = instruction.last_line;
  Require(!instruction.text.empty());
  const auto value = [](absl::string_view name) {
    return name.size() % 2 == 0 ? std::nullopt : std::optional<std::string>("$a ${b} \"c\" *");
  };
  if (const auto* run = std::get_if<RunInstruction>(&instruction.what); run != nullptr) {
    for (const std::string& mount : run->mounts) {
      (void)ParseRunMount(mount, [&](absl::string_view text) {
        return ExpandWord(text, escape, value);
      }).ok();
    }
  }
  absl::StatusOr<std::string> word = ExpandWord(instruction.text, escape, value);
  Require(!word.ok() || word->size() <= kMaxExpandedWord + instruction.text.size());
}

}  // namespace
}  // namespace berth::imageservice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<Dockerfile> file = ParseDockerfile(text);
  berth::Require(!file.ok() || !file->stages.empty());
  if (file.ok()) {
    int line = 0;
    for (const Instruction& argument : file->arguments) {
      CheckInstruction(argument, file->escape, line);
    }
    for (const Stage& stage : file->stages) {
      berth::Require(stage.line > line);
      line = stage.line;
      for (const Instruction& instruction : stage.instructions) {
        CheckInstruction(instruction, file->escape, line);
      }
    }
  }
  return 0;
}
