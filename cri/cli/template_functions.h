// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/output.h"

// What templates can call: docker's join, json, lower, pad, println, split, title, truncate, upper,
// and Go's and, eq, ge, gt, html, index, js, le, len, lt, ne, not, or, print, printf, slice,
// urlquery. Pure.
namespace berth::cli {

bool IsTemplateFunction(absl::string_view name);

// Of a function that docker has leave headers of columns as they are.
bool KeepsHeaders(absl::string_view name);

// InvalidArgument for arguments that it does not take, naming it.
absl::StatusOr<Json> CallTemplateFunction(const std::string& name,
                                          const std::vector<Json>& arguments);

// A value as Go prints it: [a b], map[a:b], text as it is.
std::string TemplateText(const Json& value);

// What `if` takes for true: all but false, 0, and what is empty or not there.
bool IsTrue(const Json& value);

}  // namespace berth::cli
