// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/container_view.h"
#include "cri/cli/engine_filters.h"
#include "re2/re2.h"

namespace berth::cli {

// What `ps --filter` chooses of pods' containers as docker's daemon does of its clients': values of
// a name are alternatives, labels must all be there. Pure.
class ContainerFilter {
 public:
  // InvalidArgument for a name that is no filter, and for an expression that is none.
  static absl::StatusOr<ContainerFilter> Parse(const FilterMap& filters);

  // A container of a pod; those of networks, volumes and health, and what is before or since
  // another one, are asked of docker's clients' alone.
  bool Takes(const ContainerView& view) const;

  // Names of `ancestor`, and the ids of those that are images: one that is none is also taken for
  // the beginning of an id.
  std::vector<std::string> ancestors() const;
  void SetImageIds(std::map<std::string, std::string> ids) { image_ids_ = std::move(ids); }

  // Whether those of docker's clients are wanted at all, and the filters for them.
  bool wants_engine() const { return filters_.count("pod") == 0; }
  std::string engine_filters() const { return FiltersText(filters_); }

  // Whether those that do not run are meant, too.
  bool wants_ended() const { return filters_.count("status") > 0 || filters_.count("exited") > 0; }

 private:
  ContainerFilter(FilterMap filters, std::vector<std::shared_ptr<const re2::RE2>> names)
      : filters_(std::move(filters)), names_(std::move(names)) {}

  bool TakesOneOf(const ContainerView& view, const std::string& filter,
                  const std::vector<std::string>& values) const;
  bool IsOf(const ContainerView& view, const std::string& image) const;

  FilterMap filters_;
  std::vector<std::shared_ptr<const re2::RE2>> names_;
  std::map<std::string, std::string> image_ids_;  // by name
};

}  // namespace berth::cli
