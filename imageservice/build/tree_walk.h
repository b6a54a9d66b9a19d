// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/layer/merged_view.h"

namespace berth::imageservice {

// What a walk leaves out, by paths relative to the view's root.
struct WalkFilter {
  // Whether the path is left out.
  absl::FunctionRef<bool(absl::string_view path)> leaves_out;
  // Whether something below what is left out may yet be wanted.
  bool looks_below = false;
};

// Tells `visit` of `top`, whose path is `path`, and of all below it: directories before what they
// hold, names sorted, no symlink followed. A directory that is left out is told of when something
// below it is not. FailedPrecondition for what is nested too deep; Cancelled and DeadlineExceeded
// as the call says.
using VisitNode = absl::FunctionRef<absl::Status(const std::string& path, const MergedNode& node)>;
absl::Status WalkTree(const Call& call, const MergedNode& top, const std::string& path,
                      const WalkFilter& filter, VisitNode visit);

}  // namespace berth::imageservice
