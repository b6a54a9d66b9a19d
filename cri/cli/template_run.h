// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/output.h"
#include "cri/cli/template_syntax.h"

namespace berth::cli {

// The text that a template makes of a value. InvalidArgument for a field that is not there, naming
// it; in the condition of an `if` or `with` it counts as nothing. Pure.
// `labels`, where there are any, are what its method Label knows.
absl::StatusOr<std::string> RunTemplate(const std::vector<TemplateNode>& nodes, const Json& value,
                                        const std::map<std::string, std::string>* labels = nullptr);

// The same of the headers by field, which functions that change text leave as they are.
absl::StatusOr<std::string> RunTemplateOnHeaders(const std::vector<TemplateNode>& nodes,
                                                 const Json& headers);

}  // namespace berth::cli
