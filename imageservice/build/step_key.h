// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// What a build's steps are known by in the cache, and how a step that failed is shown. Pure.
namespace berth::imageservice {

// Of a step on what `parent` is the key of: the same key means the same outcome. `reads` are all
// that it depends on besides: its words expanded, digests of files.
std::string StepKey(absl::string_view parent, const std::vector<std::string>& reads);

// The lines of the Dockerfile around those from `first` to `last`, which are marked, as BuildKit
// shows them.
std::string SourceExcerpt(absl::string_view name, absl::string_view text, int first, int last);

}  // namespace berth::imageservice
