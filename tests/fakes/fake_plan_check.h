// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runtime/plan_check.h"

namespace berth::test {

// Finds what it is told to.
class FakePlanCheck : public runtime::PlanCheck {
 public:
  absl::Status found;

  absl::Status Check(const Call&, const runtime::v1::PodSandboxConfig&, const std::string&,
                     const runtime::PodExtras&, const runtime::ContainerRequest&) const override {
    return found;
  }
};

}  // namespace berth::test
