// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"

#include "proto/nri/v1/api.pb.h"

namespace berth::nri {

namespace api = ::nri::v1;

// Who has set what of one container. Pure.
class Owners {
 public:
  // `entry` is one of a field that has many: a mount's destination, a variable's name.
  // FailedPrecondition, naming both, when another plugin has set the same.
  absl::Status Claim(const std::string& plugin, api::Field field);
  absl::Status Claim(const std::string& plugin, api::Field field, const std::string& entry);
  absl::Status ClaimResources(const std::string& plugin, const api::LinuxResources& resources);
  // A plugin that takes away what another has set may set it anew.
  void Release(api::Field field);
  void Release(api::Field field, const std::string& entry);

  const api::FieldOwners& fields() const { return fields_; }

 private:
  api::FieldOwners fields_;
};

}  // namespace berth::nri
