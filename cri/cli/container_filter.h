// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "cri/cli/container_view.h"
#include "cri/cli/engine_filters.h"

namespace berth::cli {

// What `ps --filter` chooses of pods' containers as docker's daemon does of its clients': values of
// a name are alternatives, labels must all be there. Pure.
class ContainerFilter {
 public:
  // InvalidArgument for a name that is no filter.
  static absl::StatusOr<ContainerFilter> Parse(const FilterMap& filters);

  // A container of a pod; those of networks, volumes and health, and what is before or since
  // another one, are asked of docker's clients' alone.
  bool Takes(const ContainerView& view) const;

  // Whether those of docker's clients are wanted at all, and the filters for them.
  bool wants_engine() const { return filters_.count("pod") == 0; }
  std::string engine_filters() const { return FiltersText(filters_); }

  // Whether those that do not run are meant, too.
  bool wants_ended() const { return filters_.count("status") > 0 || filters_.count("exited") > 0; }

 private:
  explicit ContainerFilter(FilterMap filters) : filters_(std::move(filters)) {}

  FilterMap filters_;
};

}  // namespace berth::cli
