// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/output.h"
#include "cri/cli/template_syntax.h"

namespace berth::cli {

// The text that a template makes of a value. InvalidArgument for a field that is not there, naming
// it; in the condition of an `if` or `with` it counts as nothing. Pure.
absl::StatusOr<std::string> RunTemplate(const std::vector<TemplateNode>& nodes, const Json& value);

}  // namespace berth::cli
