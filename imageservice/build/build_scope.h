// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/image_draft.h"
#include "imageservice/build/instruction.h"
#include "imageservice/build/word_expansion.h"

// Which variables an instruction sees (Dockerfile reference, "ARG"). Pure.
namespace berth::imageservice {

using VariableMap = std::map<std::string, std::string, std::less<>>;

// Those for proxies need no ARG, and count neither for the cache nor in the history.
bool IsPredefinedArgument(absl::string_view name);

// TARGETPLATFORM and its kin for a build for `target` (linux/arm64/v8) on `build`.
VariableMap PlatformArguments(absl::string_view target, absl::string_view build,
                              absl::string_view stage);

// What stands before the first FROM, and what the build was given. Immutable.
class GlobalScope {
 public:
  // InvalidArgument, with the line, for a value that cannot be expanded, and for too much of them.
  static absl::StatusOr<GlobalScope> New(const Dockerfile& file, VariableMap given,
                                         VariableMap platform);

  // What FROM sees.
  std::optional<std::string> Find(absl::string_view name) const;
  const VariableMap& given() const { return given_; }
  const VariableMap& declared() const { return declared_; }  // with their values
  const VariableMap& platform() const { return platform_; }

 private:
  VariableMap given_;
  VariableMap platform_;
  VariableMap declared_;
};

// The ARGs of one stage, from its FROM on; the environment of its image wins.
class StageScope {
 public:
  explicit StageScope(const GlobalScope& global) : global_(&global) {}

  // InvalidArgument for a value that cannot be expanded, and for too much of them.
  absl::Status Declare(const ArgInstruction& arg, char escape, const ImageDraft& image);

  // The value of an ARG.
  std::optional<std::string> Find(absl::string_view name) const;
  // What an instruction sees of `name`.
  std::optional<std::string> Find(absl::string_view name, const ImageDraft& image) const;

  // NAME=value of what RUN gets beside the environment, sorted; what the environment has is left
  // out. The proxies are apart, as they count for nothing.
  std::vector<std::string> ForRun(const ImageDraft& image) const;
  std::vector<std::string> ProxiesForRun(const ImageDraft& image) const;

 private:
  const GlobalScope* global_;
  ExpansionBudget budget_;
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

// Names of `given` that no ARG of the file declares and that are not predefined, sorted.
std::vector<std::string> UnusedArguments(const Dockerfile& file, const VariableMap& given);

}  // namespace berth::imageservice
