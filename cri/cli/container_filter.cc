// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_filter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

constexpr const char* kNames[] = {"ancestor", "before",  "exited", "health", "id",     "label",
                                  "name",     "network", "pod",    "since",  "status", "volume"};

constexpr int64_t kMaxExpressionMemory = 1 << 20;  // bytes, as the daemon gives it

// Go's expressions, as docker takes them.
absl::StatusOr<std::vector<std::shared_ptr<const re2::RE2>>> NamesIn(const FilterMap& filters) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMaxExpressionMemory);
  std::vector<std::shared_ptr<const re2::RE2>> names;
  const auto values = filters.find("name");
  for (const std::string& value :
       values == filters.end() ? std::vector<std::string>() : values->second) {
    names.push_back(std::make_shared<const re2::RE2>(value, options));
    if (!names.back()->ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--filter name=", value, ": ", names.back()->error()));
    }
  }
  return names;
}

bool HasLabel(const ContainerView& view, const std::string& wanted) {
  const size_t equals = wanted.find('=');
  const auto label = view.status.labels().find(wanted.substr(0, equals));
  return label != view.status.labels().end() &&
         (equals == std::string::npos || label->second == wanted.substr(equals + 1));
}

bool Is(const ContainerView& view, const std::string& name, const std::string& value) {
  if (name == "id") {
    return absl::StartsWith(view.id, value);
  }
  if (name == "pod") {
    return view.pod == value || absl::StartsWith(view.pod_id, value);
  }
  if (name == "status") {
    return value == (view.paused ? "paused" : StateName(view.status.state()));
  }
  return name == "exited" && view.status.state() == v1::CONTAINER_EXITED &&
         value == absl::StrCat(view.status.exit_code());
}

}  // namespace

absl::StatusOr<ContainerFilter> ContainerFilter::Parse(const FilterMap& filters) {
  for (const auto& [name, values] : filters) {
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) {
      return absl::InvalidArgumentError(absl::StrCat("invalid filter '", name, "'"));
    }
  }
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<const re2::RE2>> names, NamesIn(filters));
  return ContainerFilter(filters, std::move(names));
}

std::vector<std::string> ContainerFilter::ancestors() const {
  const auto found = filters_.find("ancestor");
  return found == filters_.end() ? std::vector<std::string>() : found->second;
}

bool ContainerFilter::IsOf(const ContainerView& view, const std::string& image) const {
  if (view.image == image || view.image == absl::StrCat(image, ":latest")) {
    return true;
  }
  const auto id = image_ids_.find(image);
  return id != image_ids_.end() ? view.image_id == id->second
                                : absl::StartsWith(absl::StripPrefix(view.image_id, "sha256:"),
                                                   absl::StripPrefix(image, "sha256:"));
}

bool ContainerFilter::TakesOneOf(const ContainerView& view, const std::string& filter,
                                 const std::vector<std::string>& values) const {
  if (filter == "name") {
    return std::any_of(names_.begin(), names_.end(), [&](const auto& expression) {
      return re2::RE2::PartialMatch(view.name, *expression);
    });
  }
  return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return filter == "ancestor" ? IsOf(view, value) : Is(view, filter, value);
  });
}

bool ContainerFilter::Takes(const ContainerView& view) const {
  return std::all_of(filters_.begin(), filters_.end(), [&](const auto& filter) {
    const auto& [name, values] = filter;
    if (name == "label") {
      return std::all_of(values.begin(), values.end(),
                         [&](const std::string& label) { return HasLabel(view, label); });
    }
    return TakesOneOf(view, name, values);
  });
}

}  // namespace berth::cli
