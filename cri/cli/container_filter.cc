// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_filter.h"

#include <regex.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "cri/cli/output.h"

namespace berth::cli {
namespace {

constexpr const char* kNames[] = {"ancestor", "before",  "exited", "health", "id",     "label",
                                  "name",     "network", "pod",    "since",  "status", "volume"};

// As docker has it: an expression that fits a part.
bool Fits(const std::string& expression, const std::string& text) {
  regex_t compiled;
  if (regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB) != 0) {
    return false;
  }
  const bool fits = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return fits;
}

bool HasLabel(const ContainerView& view, const std::string& wanted) {
  const size_t equals = wanted.find('=');
  const auto label = view.status.labels().find(wanted.substr(0, equals));
  return label != view.status.labels().end() &&
         (equals == std::string::npos || label->second == wanted.substr(equals + 1));
}

bool IsOf(const ContainerView& view, const std::string& image) {
  return view.image == image || view.image == absl::StrCat(image, ":latest") ||
         absl::StartsWith(absl::StripPrefix(view.image_id, "sha256:"),
                          absl::StripPrefix(image, "sha256:"));
}

bool Is(const ContainerView& view, const std::string& name, const std::string& value) {
  if (name == "id") {
    return absl::StartsWith(view.id, value);
  }
  if (name == "name") {
    return Fits(value, view.name);
  }
  if (name == "pod") {
    return view.pod == value || absl::StartsWith(view.pod_id, value);
  }
  if (name == "status") {
    return value == (view.paused ? "paused" : StateName(view.status.state()));
  }
  if (name == "exited") {
    return view.status.state() == v1::CONTAINER_EXITED &&
           value == absl::StrCat(view.status.exit_code());
  }
  return name == "ancestor" && IsOf(view, value);
}

}  // namespace

absl::StatusOr<ContainerFilter> ContainerFilter::Parse(const FilterMap& filters) {
  for (const auto& [name, values] : filters) {
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid filter '", name, "'"));
    }
  }
  return ContainerFilter(filters);
}

bool ContainerFilter::Takes(const ContainerView& view) const {
  return std::all_of(filters_.begin(), filters_.end(), [&](const auto& filter) {
    const auto& [name, values] = filter;
    if (name == "label") {
      return std::all_of(values.begin(), values.end(),
                         [&](const std::string& label) { return HasLabel(view, label); });
    }
    const std::string& key = name;
    return std::any_of(values.begin(), values.end(),
                       [&](const std::string& value) { return Is(view, key, value); });
  });
}

}  // namespace berth::cli
