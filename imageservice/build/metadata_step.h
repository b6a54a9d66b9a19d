// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "imageservice/build/image_draft.h"
#include "imageservice/build/instruction.h"

// Instructions that change an image's configuration and nothing else. Pure. Each returns the words
// that the history has of it. InvalidArgument in Docker's words.
namespace berth::imageservice {

// The word with its variables' values.
using ExpandVariables = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view word)>;

absl::Status ExpandAll(ExpandVariables expand, std::vector<std::string>& words);

using Words = absl::StatusOr<std::string>;
Words ApplyMetadata(const EnvInstruction& env, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const LabelInstruction& label, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const MaintainerInstruction& maintainer, ExpandVariables expand,
                    ImageDraft& draft);
Words ApplyMetadata(const CmdInstruction& cmd, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const EntrypointInstruction& entrypoint, ExpandVariables expand,
                    ImageDraft& draft);
Words ApplyMetadata(const ShellInstruction& shell, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const ExposeInstruction& expose, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const UserInstruction& user, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const VolumeInstruction& volume, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const StopSignalInstruction& stop, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const HealthCheckInstruction& check, ExpandVariables expand, ImageDraft& draft);
Words ApplyMetadata(const OnBuildInstruction& onbuild, ExpandVariables expand, ImageDraft& draft);

// "ENV a=b": what a commit or an import changes. InvalidArgument "COPY
// is not a valid change command" for those that make layers or mean nothing there.
absl::Status ApplyChange(const std::string& text, ImageDraft& draft);

}  // namespace berth::imageservice
